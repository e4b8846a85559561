package isolate

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A frame is a kind, the length of its payload in four bytes, most significant first, and the payload.
type kind byte

// Kinds of frames to a worker, and from one.
const (
	kindUnit   kind = 'u' // id, a zero byte, data
	kindJob    kind = 'j' // id of the unit, a zero byte, data
	kindReply  kind = 'r' // to a call: 'e' and an error's text, or 'o' and data
	kindReady  kind = 'b' // nothing: the first job proper begins
	kindNote   kind = 'n' // one byte of the caller's and a text
	kindCall   kind = 'c' // name, a zero byte, data
	kindAnswer kind = 'a' // usage, data
)

// maxFrame is far above any job or answer: a larger length is not one of ours.
const maxFrame = 64 << 20

const headerSize = 5

// appendFrame appends a frame whose payload is the parts, one after another.
func appendFrame(b []byte, k kind, parts ...[]byte) []byte {
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	b = append(b, byte(k))
	b = binary.BigEndian.AppendUint32(b, uint32(length))
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// readFrame reads a frame. The error is io.EOF only before its first byte.
func readFrame(r io.Reader) (kind, []byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(header[1:])
	if length > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", length)
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, fmt.Errorf("read a frame: %w", io.ErrUnexpectedEOF)
	}
	return kind(header[0]), payload, nil
}
