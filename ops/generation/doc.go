// Package generation makes, switches and retires the generations of a stack's
// data on its host: /data/<stack>/gen-0002 and the like, of which
// /data/<stack>/current names the one that is served. A generation is complete
// or it is called .partial; nothing here changes one that was ever served.
//
// It knows no backups and masks nothing: whoever fills a generation does.
package generation
