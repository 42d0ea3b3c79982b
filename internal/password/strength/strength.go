package strength

import "github.com/ccojocar/zxcvbn-go"

// Score returns zxcvbn's score of a password, from 0 (guessed at once) to 4 (very
// hard to guess). Words in known, such as the person's name, count for nothing.
func Score(plain string, known []string) int {
	return zxcvbn.PasswordStrength(plain, known).Score
}
