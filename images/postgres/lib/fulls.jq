# How many full backups, from the newest on, keep all WAL that follows them, of
# pgBackRest's info: down to $base; 0 leaves the WAL alone. Counted when it is
# done, since there may be new ones since it was decided.
#
# pgBackRest keeps the WAL whose name sorts behind the start of the last that it
# counts, timeline first. After a rollback newer backups are on a lower timeline,
# and would lose theirs: then it counts further, to one that sorts before all.
[.[0].backup[] | {label: .label, type, cluster: .database.id, timeline: .archive.start[:8]}] | sort_by(.label) | reverse
| . as $all | map(select(.type == "full"))
| [to_entries[] | select(.value as $b | $b.label <= $base and
    all($all[]; .label <= $b.label or .cluster != $b.cluster or .timeline >= $b.timeline)) | .key + 1]
| first // 0
