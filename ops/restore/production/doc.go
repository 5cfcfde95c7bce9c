// Package production brings a stack's own data back from its backups: to a
// point in time, after its host was lost, after an attack, or with nothing but
// the recovery kit. It works on the stack's host in a new generation and
// switches to it; the generation that was served stays, and Rollback goes back.
//
// What fails before the switch leaves the stack as it was, and what is killed
// goes on when it is run again. Nothing here makes or expires backups.
package production
