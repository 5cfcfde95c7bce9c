# rclone's config file, of archive.json: filesN is the bucket of Odoo's files
# in repository N. Their content is encrypted, and their names, which are the
# content's sha1, are not; .bin is appended to each.
.repositories[] |
  "[bucket\(.number)]",
  "type = s3",
  "provider = Other",
  "endpoint = https://\(.endpoint)",
  "region = \(.region)",
  "access_key_id = \(.keyId)",
  "secret_access_key = \(.secret)",
  "no_check_bucket = true",
  "no_head = true", # of the version just written, which the host may not read
  "[files\(.number)]",
  "type = crypt",
  "remote = bucket\(.number):\(.filesBucket)",
  "filename_encryption = off",
  "directory_name_encryption = false",
  "password = \(env.password)"
