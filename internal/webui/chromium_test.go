package webui_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

// A person sets the service up with the keyboard alone, on plain HTTP by a name
// that is not localhost, where a browser says least of where a form comes from.
func TestChromium_setup(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	for _, host := range []string{"setup.test", "127.0.0.1"} {
		f := newFixture(t)
		s := httptest.NewServer(f)
		t.Cleanup(s.Close)
		at := strings.Replace(s.URL, "127.0.0.1", host, 1)
		b.seen, b.said = nil, nil
		b.show("light", 1280, 900)
		b.open(at + f.link)
		b.focused("username")
		for _, step := range []struct{ value, next string }{
			{"root", "email"}, {"root@example.org", "password"}, {plain, "password_again"},
		} {
			b.typed(step.value)
			b.tab(step.next)
		}
		b.typed("Other-pass-43")
		b.loaded(b.enter)
		if got := b.text("document.querySelector('#password_again-problem')?.innerText"); got != "The two passwords are not the same." {
			t.Fatalf("%s: the problem is %q: %s", host, got, b.text("document.body.innerText"))
		}
		b.focused("password_again") // the field with the problem
		b.typed(plain)
		b.text("document.getElementById('password').focus()")
		b.typed(plain)
		b.loaded(b.enter)
		if got := b.text("document.querySelector('h1').innerText"); got != "You are ready" || !f.superuser() {
			t.Errorf("%s: the page says %q", host, got)
		}
		b.stayed(at)
		b.complaints(host)
	}
}

// The pages fit a small telephone, and what they look like is kept to be looked
// at. What a keyboard reaches shows that it has the focus.
func TestChromium_looks(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	f := newFixture(t)
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{1280, 360} {
			b.show(scheme, width, 900)
			for name, page := range map[string]string{"form": f.link, "dead": "/setup/nothing"} {
				b.open(s.URL + page)
				b.looks(fmt.Sprintf("%s-%s-%d", name, scheme, width), width)
			}
			b.open(s.URL + f.link)
			b.text("document.querySelector('form').noValidate = true; document.getElementById('username').value = 'not a name'; document.getElementById('email').value = 'nowhere'; document.getElementById('password').value = document.getElementById('password_again').value = '123456'")
			b.loaded(func() { b.text("document.querySelector('form').submit()") })
			b.text("document.querySelector('button').focus()")
			b.looks(fmt.Sprintf("problems-%s-%d", scheme, width), width)
		}
	}
	b.long(s.URL, f)
	f = newFixture(t)
	s.Config.Handler = f
	b.open(s.URL + f.link)
	b.focused("username")
	for _, next := range []string{"email", "password", "password_again", "BUTTON"} {
		if got := b.text("getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"); got != "solid3px" {
			t.Errorf("before %s: the focus is shown by %q", next, got)
		}
		b.tab(next)
	}
}

// long sets up with the longest name that there is and shows it.
func (b *browser) long(at string, f *fixture) {
	b.t.Helper()
	b.open(at + f.link)
	b.text(fmt.Sprintf("document.getElementById('username').value = 'W'.repeat(150); document.getElementById('password').value = document.getElementById('password_again').value = %q", plain))
	b.loaded(func() { b.text("document.querySelector('form').submit()") })
	if !f.superuser() {
		b.t.Errorf("the page says %s", b.text("document.body.innerText"))
	}
	for _, scheme := range []string{"light", "dark"} {
		b.show(scheme, 360, 900)
		b.looks("done-"+scheme, 360)
	}
}

// looks keeps a picture and checks that nothing stands out of the page.
func (b *browser) looks(name string, width int) {
	b.t.Helper()
	if got := b.text("document.documentElement.scrollWidth"); got != fmt.Sprint(width) {
		b.t.Errorf("%s: the page is %s wide", name, got)
	}
	b.picture(name)
}
