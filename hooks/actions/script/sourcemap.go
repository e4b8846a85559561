package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Shift moves a source map for an engine that counts columns from 1 where source maps count from 0, on both sides, and for
// code that begins the given number of lines later than the map says.
func Shift(sourceMap string, lines int) ([]byte, error) {
	var m struct {
		Version  int      `json:"version"`
		Sources  []string `json:"sources"`
		Names    []string `json:"names"`
		Mappings string   `json:"mappings"`
	}
	if err := json.Unmarshal([]byte(sourceMap), &m); err != nil {
		return nil, fmt.Errorf("read the source map: %w", err)
	}
	var out strings.Builder
	out.Grow(len(m.Mappings) + len(m.Mappings)/8)
	out.WriteString(strings.Repeat(";", lines))
	found := false // of the first place in a source: those that follow, on all lines, are relative to it
	for i, line := range strings.Split(m.Mappings, ";") {
		if i > 0 {
			out.WriteByte(';')
		}
		for j := 0; line != "" && (j == 0 || !found); j++ {
			segment, rest, more := strings.Cut(line, ",")
			fields, err := decodeVLQ(segment)
			if err != nil {
				return nil, err
			}
			if j == 0 {
				fields[0]++ // the columns of the code are relative from the beginning of the line
			}
			if len(fields) > 3 && !found {
				fields[3]++
				found = true
			}
			encodeVLQ(&out, fields)
			if line = rest; more {
				out.WriteByte(',')
			}
		}
		out.WriteString(line)
	}
	m.Mappings = out.String()
	shifted, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write the source map: %w", err)
	}
	return shifted, nil
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

var errMappings = errors.New("read the source map: broken mappings")

// decodeVLQ reads the numbers of one segment: base 64, five bits to a digit, least first, the lowest bit of all is the sign.
func decodeVLQ(segment string) ([]int, error) {
	var fields []int
	value, shift := 0, 0
	for i := range len(segment) {
		digit := strings.IndexByte(base64Digits, segment[i])
		if digit < 0 || shift > 30 {
			return nil, errMappings
		}
		value |= digit & 31 << shift
		if digit&32 != 0 {
			shift += 5
			continue
		}
		n := value >> 1
		if value&1 != 0 {
			n = -n
		}
		fields = append(fields, n)
		value, shift = 0, 0
	}
	if shift != 0 || len(fields) == 0 {
		return nil, errMappings
	}
	return fields, nil
}

func encodeVLQ(out *strings.Builder, fields []int) {
	for _, n := range fields {
		value := n << 1
		if n < 0 {
			value = -n<<1 | 1
		}
		for {
			digit := value & 31
			if value >>= 5; value > 0 {
				digit |= 32
			}
			out.WriteByte(base64Digits[digit])
			if value == 0 {
				break
			}
		}
	}
}
