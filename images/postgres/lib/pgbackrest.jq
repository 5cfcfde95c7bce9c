# pgBackRest's config file, of archive.json: of all repositories, or of the
# one called $only.
.stanza as $stanza | .cipher as $cipher
| [.repositories[] | select($only == 0 or .number == $only)] as $repositories
| "[global]",
  ($repositories[] | "repo\(.number)-" as $r |
    $r + "type=s3",
    $r + "s3-endpoint=\(.endpoint)",
    $r + "s3-region=\(.region)",
    $r + "s3-bucket=\(.bucket)",
    $r + "s3-uri-style=path",
    $r + "s3-key=\(.keyId)",
    $r + "s3-key-secret=\(.secret)",
    $r + "storage-ca-file=/etc/ssl/certs/ca-certificates.crt",
    $r + "path=\(.path)",
    $r + "cipher-type=aes-256-cbc",
    $r + "cipher-pass=\($cipher)",
    $r + "bundle=y",
    # Nothing expires by itself; without a number pgBackRest warns of that.
    $r + "retention-full=9999999"),
  "compress-type=zst",
  "compress-level=3",
  "process-max=2",
  "start-fast=y",
  # How long a request to a repository that is away is tried again.
  "io-timeout=20",
  # The queue has no upper bound on purpose: with one, WAL is dropped silently.
  "archive-async=y",
  # A repository has a queue and a lock of its own, so that none waits for another.
  "spool-path=/var/lib/postgresql/data/spool/\($only)",
  "lock-path=/tmp/pgbackrest-\($only)",
  # Backups expire by an operation with a key of its own, never by themselves.
  "expire-auto=n",
  "log-level-file=off",
  "",
  # A server that stops finishes its three tries to archive, and begins three
  # more. With a repository away, that has to end within the time it gets to
  # stop. What takes longer goes on in the background and is found done later.
  "[global:archive-push]",
  "archive-timeout=10",
  "io-timeout=10",
  "",
  # What is fetched once, in the order it is asked for, needs no queue.
  "[global:archive-get]",
  "archive-async=n",
  "",
  "[\($stanza)]",
  "pg1-path=/var/lib/postgresql/data/pgdata",
  "pg1-socket-path=/var/run/postgresql",
  "pg1-user=postgres"
