// What the Go libraries that RKE2 uses make of texts: the other side of examples/oracle-yaml.rs.
//
// Reads texts from standard input, each as its length (4 bytes, little endian) and its bytes; writes one line of
// JSON for each, with a verdict for each reader: config.yaml (yaml.v2 into a MapSlice), values (sigs.k8s.io/yaml),
// manifests (cut as Kubernetes does, then sigs.k8s.io/yaml or JSON), registries.yaml (yaml.v2 into fixed types).
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

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
		lines.Encode(map[string]verdict{
			"config":     guarded(config, text),
			"values":     guarded(values, text),
			"manifest":   guarded(manifest, text),
			"registries": guarded(registries, text),
		})
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

// manifest gives the documents that are not empty; a null that is written is refused later, for it has no kind.
func manifest(text []byte) (interface{}, error) {
	cut, err := documents(text)
	if err != nil {
		return nil, err
	}
	values := []interface{}{}
	for _, document := range cut {
		if isEmpty(document) {
			continue
		}
		data := document
		if !bytes.HasPrefix(bytes.TrimLeftFunc(document, unicode.IsSpace), []byte("{")) {
			if data, err = sigs.YAMLToJSON(document); err != nil {
				return nil, err
			}
		}
		var value interface{}
		if err = json.Unmarshal(data, &value); err != nil {
			return nil, err
		}
		if value == nil {
			return nil, errors.New("null is no object")
		}
		values = append(values, value)
	}
	return values, nil
}

// isEmpty tells of documents that K3s passes over before it reads them.
func isEmpty(document []byte) bool {
	for _, line := range bytes.Split(document, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}

// documents cuts a text as the YAMLReader of k8s.io/apimachinery does: at lines that begin with `---`. Such a line
// that nothing comes before is the first one of the next document.
func documents(text []byte) ([][]byte, error) {
	var all [][]byte
	var document []byte
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = bytes.TrimSuffix(text[:end], []byte("\r")), text[end+1:]
		} else {
			text = nil
		}
		if bytes.HasPrefix(line, []byte("---")) {
			behind := bytes.TrimSpace(line[3:])
			if len(behind) > 0 && behind[0] != '#' {
				return nil, fmt.Errorf("invalid separator: %s", behind)
			}
			if len(document) > 0 {
				all, document = append(all, document), nil
				continue
			}
		}
		document = append(append(document, line...), '\n')
	}
	if len(document) > 0 {
		all = append(all, document)
	}
	return all, nil
}

type credentials struct {
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	Auth     string `yaml:"auth"`
	Token    string `yaml:"identity_token"`
}

// registries has the types of wharfie, which reads registries.yaml. That it fits is all that is said.
func registries(text []byte) (interface{}, error) {
	var fits struct {
		Mirrors map[string]struct {
			Endpoints []string          `yaml:"endpoint"`
			Rewrites  map[string]string `yaml:"rewrite"`
		} `yaml:"mirrors"`
		Configs map[string]struct {
			Auth *credentials `yaml:"auth"`
			TLS  *struct {
				CA       string `yaml:"ca_file"`
				Cert     string `yaml:"cert_file"`
				Key      string `yaml:"key_file"`
				Insecure bool   `yaml:"insecure_skip_verify"`
			} `yaml:"tls"`
		} `yaml:"configs"`
		Auths map[string]credentials `yaml:"auths"`
	}
	return nil, yaml2.Unmarshal(text, &fits)
}
