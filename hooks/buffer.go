package hooks

import (
	"maps"
	"slices"

	"example.com/keepsake/models"
)

// metadataBuffer is one api object's private copy of a metadata map. As at Auth0 a string is put into it before it is
// checked, and each set checks the whole of it: an entry whose error was caught makes every later set of the same Action
// fail, until it is deleted (contract 1.3). What is no string never gets in.
//
// Only what passed the checks is committed. So a bad entry is in the buffer alone: neither the event nor the token sees it.
type metadataBuffer struct {
	seeded  bool
	entries []metadataEntry // in JavaScript's property order
}

type metadataEntry struct{ key, value string }

// metadataChange is one step to make on a delta; nil is no step.
type metadataChange func(*models.MetadataDelta)

// commit adds the change to what the run will store and, where there is one, replaces the map that hooks see.
func (c metadataChange) commit(delta *models.MetadataDelta, visible *models.Metadata) {
	if c == nil {
		return
	}
	c(delta)
	if visible != nil {
		var step models.MetadataDelta
		c(&step)
		*visible = step.Apply(*visible)
	}
}

func (b *metadataBuffer) seed(m models.Metadata) {
	if b.seeded {
		return
	}
	b.seeded = true
	b.entries = make([]metadataEntry, 0, len(m)+4)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		b.entries = append(b.entries, metadataEntry{k, m[k]})
	}
}

func (b *metadataBuffer) set(key, value any) (metadataChange, error) {
	k, ok := key.(string)
	if !ok {
		return nil, models.ErrMetadataKeyString
	}
	v, ok := value.(string)
	if !ok {
		return nil, models.ErrMetadataValueString
	}
	if k == "__proto__" { // on a plain object, assigning a string to it does nothing
		return nil, b.validate()
	}
	if i := b.index(k); i >= 0 {
		b.entries[i].value = v
	} else {
		b.entries = append(b.entries, metadataEntry{k, v})
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	return func(d *models.MetadataDelta) { d.Put(k, v) }, nil
}

func (b *metadataBuffer) validate() error {
	if len(b.entries) > models.MaxMetadataEntries {
		return models.ErrMetadataEntries
	}
	slices.SortStableFunc(b.entries, func(x, y metadataEntry) int { return models.CompareProperties(x.key, y.key) })
	for _, e := range b.entries {
		if err := models.ValidateMetadataEntry(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

func (b *metadataBuffer) remove(key string) metadataChange {
	i := b.index(key)
	if i < 0 {
		return nil
	}
	b.entries = slices.Delete(b.entries, i, i+1)
	if models.ValidateMetadataEntry(key, "") != nil {
		return nil // no such key can have been stored, and a database may choke on it
	}
	return func(d *models.MetadataDelta) { d.Remove(key) }
}

func (b *metadataBuffer) clear() metadataChange {
	if len(b.entries) == 0 {
		return nil
	}
	b.entries = b.entries[:0]
	return (*models.MetadataDelta).Clear
}

func (b *metadataBuffer) index(key string) int {
	return slices.IndexFunc(b.entries, func(e metadataEntry) bool { return e.key == key })
}
