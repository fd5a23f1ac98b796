// Command get-poetry gets poems from slow servers, as docs/client-contract.md says.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"time"
)

var address = regexp.MustCompile(`^(?:(\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+\]|[^-:\[\]][^:\[\]]*):)?0*([1-9][0-9]{0,4})$`)
var seconds = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// Signals keep their usual action: the program ends, and the system closes its connections.
func main() {
	addresses, timeout := parse(os.Args[1:])
	poems := make(chan []byte)
	for index, address := range addresses {
		go func() {
			poem, err := getPoem(index+1, address, timeout)
			if err != nil {
				fmt.Fprintf(os.Stderr, "Task %d: failed: %s (%s)\n", index+1, plainWords(err), address)
			}
			poems <- poem
		}()
	}
	status := 0
	for range addresses { // Only this goroutine prints poems, so they are never mixed.
		if poem := <-poems; poem == nil {
			status = 1
		} else if _, err := os.Stdout.Write(append(poem, '\n')); err != nil {
			fmt.Fprintln(os.Stderr, "get-poetry: cannot print:", err)
			os.Exit(1)
		}
	}
	os.Exit(status)
}

func parse(words []string) (addresses []string, timeout time.Duration) {
	timeout = 1<<63 - 1 // 292 years
	if len(words) > 1 && words[0] == "--timeout" {
		limit, err := time.ParseDuration(words[1] + "s")
		if err != nil || !seconds.MatchString(words[1]) || limit <= 0 || limit > time.Hour {
			refuse(fmt.Sprintf("bad timeout %q", words[1]))
		}
		timeout, words = limit, words[2:]
	}
	for _, word := range words {
		found := address.FindStringSubmatch(word)
		if found == nil || len(found[2]) == 5 && found[2] > "65535" || found[1] != "" && found[1][0] == '[' && net.ParseIP(strings.Trim(found[1], "[]")) == nil {
			refuse(fmt.Sprintf("bad address %q", word))
		}
		addresses = append(addresses, cmp.Or(found[1], "127.0.0.1")+":"+found[2])
	}
	if len(addresses) == 0 {
		refuse("no address given")
	}
	return addresses, timeout
}

func refuse(problem string) {
	fmt.Fprintf(os.Stderr, "get-poetry: %s\nusage: get-poetry [--timeout SECONDS] [host:]port ...\n", problem)
	os.Exit(2)
}

// getPoem blocks only its own goroutine: the runtime waits for all sockets at once. It returns nil with an error.
func getPoem(task int, address string, timeout time.Duration) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for poem, buffer := []byte{}, make([]byte, 65536); ; {
		conn.SetReadDeadline(time.Now().Add(timeout))
		count, err := conn.Read(buffer)
		if err == io.EOF {
			return poem, nil
		} else if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "Task %d: got %d bytes of poetry from %s\n", task, count, address)
		poem = append(poem, buffer[:count]...)
	}
}

func plainWords(err error) string {
	if unknown := new(net.DNSError); errors.As(err, &unknown) {
		return "unknown host"
	}
	if os.IsTimeout(err) {
		return "timed out"
	}
	words := err.Error() // such as: dial tcp 127.0.0.1:10001: connect: connection refused
	return words[strings.LastIndex(words, ": ")+2:]
}
