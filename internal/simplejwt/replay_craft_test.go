package simplejwt_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"strings"
)

// craft signs a token as somebody who has the secret does.
func (st *stage) craft(op operation) (string, error) {
	payload, err := st.payload(op)
	if err != nil {
		return "", err
	}
	header := op.Header
	if header == nil {
		header = map[string]any{"alg": "HS256", "typ": "JWT"}
	}
	encoded, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	key := op.Key
	switch {
	case key == "":
		key = st.secret
	case strings.HasPrefix(key, "-----BEGIN PUBLIC KEY"):
		key = st.public // the recorded one is not the one in force here
	}
	algorithm := op.SignAlg
	if algorithm == "" {
		algorithm, _ = header["alg"].(string)
	}
	return sealed(string(encoded), payload, algorithm, key)
}

// sealed returns a compact token; "none" leaves the signature empty.
func sealed(header, payload, algorithm, key string) (string, error) {
	kinds := map[string]func() hash.Hash{"": sha256.New, "HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	if algorithm == "none" {
		return input + ".", nil
	}
	if kinds[algorithm] == nil {
		return "", fmt.Errorf("nobody said how to sign with %q", algorithm)
	}
	mac := hmac.New(kinds[algorithm], []byte(key))
	mac.Write([]byte(input))
	return input + "." + encode(mac.Sum(nil)), nil
}

// payload is the recorded claims, in which {"now": N} is a time.
func (st *stage) payload(op operation) (string, error) {
	if op.PayloadRaw != nil {
		return *op.PayloadRaw, nil
	}
	d := json.NewDecoder(bytes.NewReader(op.Claims))
	d.UseNumber() // 1.0 stays 1.0
	var claims map[string]any
	if err := d.Decode(&claims); err != nil {
		return "", err
	}
	for name, value := range claims {
		at, isObject := value.(map[string]any)
		if offset, isTime := at["now"].(json.Number); isObject && isTime {
			seconds, err := offset.Int64()
			if err != nil {
				return "", err
			}
			claims[name] = st.Now().Unix() + seconds
		}
	}
	raw, err := json.Marshal(claims)
	return string(raw), err
}

// mutated returns a token after somebody had their hands on it.
func mutated(token, how string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[2] == "" {
		return "", fmt.Errorf("%.20q is no token to change", token)
	}
	head, payload, signature := parts[0], parts[1], parts[2]
	switch how {
	case "flip_sig":
		first := "A"
		if signature[0] == 'A' {
			first = "B"
		}
		return head + "." + payload + "." + first + signature[1:], nil
	case "flip_payload":
		raw, err := base64.RawURLEncoding.DecodeString(payload)
		if err != nil {
			return "", err
		}
		var claims map[string]any
		if err := json.Unmarshal(raw, &claims); err != nil {
			return "", err
		}
		claims["user_id"] = 999
		if raw, err = json.Marshal(claims); err != nil {
			return "", err
		}
		return head + "." + base64.RawURLEncoding.EncodeToString(raw) + "." + signature, nil
	case "strip_sig":
		return head + "." + payload + ".", nil
	case "two_parts":
		return head + "." + payload, nil
	case "four_parts":
		return token + ".x", nil
	case "alg_none":
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + payload + ".", nil
	case "pad":
		return token + "=", nil
	}
	return "", fmt.Errorf("there is no mutation %q", how)
}
