package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/recovery"
)

func (a *app) kitCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "kit", Short: "The recovery kit: what no backup can be read without"}
	cmd.AddCommand(a.kitOpen())
	return cmd
}

func (a *app) kitOpen() *cobra.Command {
	var identity string
	var archive bool
	cmd := &cobra.Command{
		Use:   "open FILE --identity KEY",
		Short: "Show what is in a kit, its secrets too; --archive prints archive.json of the Postgres image alone",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			k, err := readKit(args[0], identity)
			if err != nil {
				return err
			}
			if archive {
				return a.emit(k.Archive, func(w io.Writer) {
					text, _ := k.Archive.JSON() // strings and numbers only
					fmt.Fprintln(w, text)
				})
			}
			return a.emit(k, func(w io.Writer) { printKit(w, k) })
		},
	}
	cmd.Flags().StringVar(&identity, "identity", "", "an operator's private key: age-keygen's file, or an SSH key without a passphrase (required)")
	cmd.Flags().BoolVar(&archive, "archive", false, "print archive.json alone")
	return cmd
}

// readKit opens a kit with an operator's private key.
func readKit(file, identity string) (recovery.Kit, error) {
	what := "open the recovery kit " + file
	if identity == "" {
		return recovery.Kit{}, fault.Usage(what, "give --identity, the private key of one of its operators", "nothing to open it with")
	}
	sealed, err := os.ReadFile(file)
	if err != nil {
		return recovery.Kit{}, fault.Usage(what, "give the path of the kit", "%v", err)
	}
	key, err := os.ReadFile(identity)
	if err != nil {
		return recovery.Kit{}, fault.Usage(what, "give --identity, the private key of one of its operators", "%v", err)
	}
	id, err := recovery.Identity(key)
	if err != nil {
		return recovery.Kit{}, fault.Usage(what, "give age-keygen's file, or an SSH key without a passphrase", "%s is no private key: %v", identity, err)
	}
	k, err := recovery.Open(sealed, id)
	if err != nil {
		return k, fault.New(what, "try the other operator's key; is it the newest kit?", err)
	}
	return k, nil
}

func printKit(w io.Writer, k recovery.Kit) {
	fmt.Fprintf(w, "%s, made %s\nstanza %s, database %s\ncipher %s\n", k.Stack, k.Made.Format(time.RFC3339),
		dash(k.Archive.Stanza), dash(k.Archive.Database), k.Archive.Cipher)
	cells := make([][]string, 0, len(k.Archive.Repositories))
	for _, r := range k.Archive.Repositories {
		cells = append(cells, []string{
			fmt.Sprint(r.Number), r.Endpoint, r.Region, r.Bucket + r.Path, r.FilesBucket, dash(r.KeyID), dash(r.Secret),
		})
	}
	table(w, []string{"repository", "endpoint", "region", "backups", "files", "key that reads", "its secret"}, cells)
	for _, name := range []string{"odoo", "postgres", "traefik", "otel"} {
		if image := k.Versions[name]; image != "" {
			fmt.Fprintf(w, "%s: %s\n", name, image)
		}
	}
	fmt.Fprintln(w, "\n"+strings.TrimSpace(k.HowTo))
}
