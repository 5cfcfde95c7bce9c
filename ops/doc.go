// Package ops is the room of the operations on running stacks: one package per
// verb below it. They drive the same stacks.Program as plain `pulumi` does and
// declare no Pulumi resources of their own.
//
//	project, stackfile      the checkout, its zones, their engine environment, a stack's config
//	backend, index          where a zone keeps its state, whose it is, stacks and their tags
//	workspace               the Automation API: locks, pending operations, progress
//	initialize, recovery    secrets made once, and the kit that outlives the laptop
//	deploy                  up, preview, destroy
//	replace                 a new machine under the same data
//	mask                    a copy of a database in which nobody can be found
//	pr, ttl, template       previews: their life, their end, what they are copies of
//	previewhost             the host that previews share
//	cert, github            the previews' certificate; pull requests and their comments
//	cost                    what stacks cost a month, and what a plan changes in it
//	gate, modules           what add-ons must be before they are let in, and the lock of OCA's
//	status, smoke           what is, and what a user would see
//	local                   the local cloud's daemon
//	ledger                  what was done, by whom, with which outcome
//	fault                   errors that say what to run next
package ops
