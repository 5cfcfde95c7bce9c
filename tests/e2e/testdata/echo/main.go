// Echo answers each connection on the given ports with the host name, so that
// a test sees which machine it reached, and then says back each line it gets.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	name, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	for _, port := range os.Args[1:] {
		l, err := net.Listen("tcp", ":"+port)
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					log.Fatal(err)
				}
				go answer(c, name)
			}
		}()
	}
	select {}
}

func answer(c net.Conn, name string) {
	defer c.Close()
	fmt.Fprintln(c, name)
	for lines := bufio.NewScanner(c); lines.Scan(); {
		fmt.Fprintln(c, lines.Text())
	}
}
