package password

import "syscall"

// lowerPriority sets the nice value of the calling thread alone: on Linux, unlike
// elsewhere, setpriority with a thread id concerns that thread and not its
// process. The calling goroutine must be locked to its thread. Lowering needs no
// privilege.
func lowerPriority(nice int) error {
	return syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), nice)
}
