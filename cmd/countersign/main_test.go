package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"countersign": func() { os.Exit(run()) },
	})
}

// TestScript runs the whole command line, each script on a database of its own.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":     cmdStatus,
			"serve":      cmdServe,
			"signal":     cmdSignal,
			"ended":      cmdEnded,
			"http":       cmdHTTP,
			"eventually": cmdEventually,
			"hang":       cmdHang,
			"mode":       cmdMode,
			"capture":    cmdCapture,
			"repeat":     cmdRepeat,
		},
	})
}

// setUp gives a script a data directory of its own and password hashes that cost
// next to nothing. Nothing of the outer environment comes in but PATH.
func setUp(e *testscript.Env) error {
	django, err := filepath.Abs(filepath.Join("..", "..", "internal", "djangodb", "djangotest", "testdata"))
	if err != nil {
		return err
	}
	e.Vars = append(e.Vars,
		"DJANGO="+django,
		"COUNTERSIGN_DATA_DIR="+e.WorkDir+"/data",
		"COUNTERSIGN_HASH_MEMORY_KIB=64", "COUNTERSIGN_HASH_ITERATIONS=1",
	)
	e.Values[serversKey{}] = map[string]*server{}
	return nil
}
