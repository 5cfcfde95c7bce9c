#!/bin/sh
# Runs before the machine image's own first process. Nothing of the machine
# may run before its volumes and addresses are there, so it waits for this
# computer's word.
set -eu
until [ -e /run/odooops-wired/yes ]; do sleep 0.05; done
umount /run/odooops-wired
rmdir /run/odooops-wired
exec /sbin/machine-init
