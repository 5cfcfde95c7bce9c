// Package hostscript runs Python on a host, as root, over one SSH connection
// that stays open. It knows neither what the scripts do nor whose host it is.
//
// A script is the command, its request the first line of its stdin: the
// process list shows the script alone, which holds no secret. Its answer is
// JSON on stdout. Lines on stderr are progress; one that begins with
// "failed: " is the error, with all that follows it. Source gives a script what
// it needs for that (files/common.py).
package hostscript
