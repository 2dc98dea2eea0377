// What the Go libraries that RKE2 uses make of texts: the other side of examples/oracle-yaml.rs.
//
// Reads texts from standard input, each as its length (4 bytes, little endian) and its bytes; writes one line of
// JSON for each, with a verdict for each reader: config.yaml (yaml.v2 into a MapSlice), values (sigs.k8s.io/yaml).
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	yaml2 "gopkg.in/yaml.v2"
	sigs "sigs.k8s.io/yaml"
)

// verdict is why a text cannot be read, or what it says.
type verdict struct {
	Error string      `json:"error,omitempty"`
	Value interface{} `json:"value,omitempty"`
}

type setting struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
	// A mapping or a list is among the texts: Go prints it in a form of its own.
	Odd bool `json:"odd,omitempty"`
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	for {
		var length uint32
		if binary.Read(in, binary.LittleEndian, &length) != nil {
			return
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		lines.Encode(map[string]verdict{"config": guarded(config, text), "values": guarded(values, text)})
	}
}

func guarded(read func([]byte) (interface{}, error), text []byte) (v verdict) {
	defer func() {
		if caught := recover(); caught != nil {
			v = verdict{Error: fmt.Sprint("panic: ", caught)}
		}
	}()
	value, err := read(text)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	return verdict{Value: value}
}

// config reads as K3s' configfilearg does; the last of equal keys is kept, `key+` is left as it is.
func config(text []byte) (interface{}, error) {
	items := yaml2.MapSlice{}
	if err := yaml2.Unmarshal(text, &items); err != nil {
		return nil, err
	}
	places := map[string]int{}
	settings := []setting{}
	for _, item := range items {
		key, odd := plain(item.Key)
		one := setting{Key: key, Odd: odd, Values: []string{}}
		values, isList := item.Value.([]interface{})
		if !isList {
			values = []interface{}{item.Value}
		}
		for _, value := range values {
			text, odd := plain(value)
			one.Values = append(one.Values, text)
			one.Odd = one.Odd || odd
		}
		if place, ok := places[key]; ok {
			settings[place] = one
			continue
		}
		places[key] = len(settings)
		settings = append(settings, one)
	}
	return settings, nil
}

// plain is the text of a value on the command line.
func plain(value interface{}) (string, bool) {
	if list, ok := value.([]interface{}); ok {
		if len(list) == 0 {
			return "", false
		}
		value = list[0]
	}
	switch value.(type) {
	case nil:
		return "", false
	case yaml2.MapSlice, []interface{}:
		return "", true
	}
	return strings.TrimSpace(fmt.Sprint(value)), false
}

func values(text []byte) (interface{}, error) {
	data, err := sigs.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(data), nil
}
