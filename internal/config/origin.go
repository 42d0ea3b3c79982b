package config

import "path/filepath"

// layer is where a value comes from; a later one wins.
type layer int

const (
	layerDefault layer = iota
	layerPreset
	layerSimpleJWT
	layerFile
	layerEnvironment
	layerFlag
)

// origin is the layer of one value and, for that layer, the name it was given by:
// the preset's name, what gave SIMPLE_JWT, the file's path, the variable, the flag.
type origin struct {
	layer layer
	name  string
	key   string // as written in the layer: "secret", "secret_file" or "SIGNING_KEY"
}

// String says where a value comes from, for `config print`.
func (o origin) String() string {
	switch o.layer {
	case layerPreset:
		return "preset " + o.name
	case layerSimpleJWT:
		return o.name + ": " + o.key
	case layerFile:
		return "file " + o.name
	case layerEnvironment:
		return "environment " + o.name
	case layerFlag:
		return "flag " + o.name
	default:
		return "default"
	}
}

// subject names the setting as the operator wrote it, for the start of a problem.
func (o origin) subject() string {
	switch o.layer {
	case layerPreset:
		return o.key + " (preset " + o.name + ")"
	case layerSimpleJWT:
		return o.name + ": " + o.key
	case layerFile:
		return filepath.Base(o.name) + ": " + o.key
	case layerEnvironment, layerFlag:
		return o.name
	default:
		return o.key + " (default)"
	}
}

// explicit reports whether the operator gave the value.
func (o origin) explicit() bool { return o.layer >= layerSimpleJWT }
