package mgmt

import (
	"fmt"

	"example.com/keepsake/models"
)

// metadataBody reads a PATCH body whose only member is field: an object of strings, or null for an empty one. The
// answer to a map that breaks a rule is the renderer's, from models' error; the number of entries is looked at before
// any entry is (contract 1.2). The second result is the body again, for the log.
func (c *request) metadataBody(field string) (models.Metadata, map[string]any, error) {
	body, err := readObject(c.http, field)
	if err != nil {
		return nil, nil, err
	}
	if len(body) == 0 {
		return nil, nil, invalidBody("Too few properties defined (0), minimum 1", "")
	}
	m, err := toMetadata(body[0].value, field)
	if err != nil {
		return nil, nil, fmt.Errorf("check %s: %w", field, err)
	}
	logged := map[string]any{field: nil}
	if body[0].value != nil {
		logged[field] = m
	}
	return m, logged, nil
}

func toMetadata(value any, field string) (models.Metadata, error) {
	if value == nil {
		return models.Metadata{}, nil
	}
	o, ok := value.(object)
	if !ok {
		return nil, wrongType("object", value, field)
	}
	if len(o) > models.MaxMetadataEntries {
		return nil, models.ErrMetadataEntries
	}
	m := make(models.Metadata, len(o))
	for _, entry := range o {
		s, ok := entry.value.(string)
		if !ok {
			return nil, models.ErrMetadataValueString
		}
		m[entry.name] = s
	}
	return m, m.Validate()
}

// shownMetadata is metadata in an answer: an object, also when nothing was ever set. A token does not remember whether
// it was, and clients can read {} without a check.
func shownMetadata(m models.Metadata) models.Metadata {
	if m == nil {
		return models.Metadata{}
	}
	return m
}
