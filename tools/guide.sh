#!/usr/bin/env bash
# Does what docs/guide/move-from-django.md says, from the first line to the last: a
# project of Django, its users and their tokens go to a countersign that is built
# here, and back. The lines are run as they are printed, but for the ports; between
# them happens what clients do meanwhile, and what the page promises is looked at.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

if ! python=$(debian_django); then
  leave_out django "Debian's python3-djangorestframework-simplejwt is not installed (tools/setup.sh installs it)"
  exit 0
fi
if ! command -v curl >/dev/null; then
  leave_out django "curl is not installed"
  exit 0
fi

root=$PWD
page=$root/docs/guide/move-from-django.md
build_countersign

home=$(mktemp -d "${TMPDIR:-/tmp}/countersign-guide.XXXXXX")
django_port=$(free_port)
port=$(free_port)
mkdir "$home/bin"
ln -s "$program" "$home/bin/countersign"
ln -s "$python" "$home/bin/python"
cp -R internal/apptest/testdata/django "$home/shop"
alone=(env -i PATH="$home/bin:$PATH" HOME="$home" TMPDIR="${TMPDIR:-/tmp}")

cd "$home/shop"
"${alone[@]}" python manage.py migrate --verbosity 0
"${alone[@]}" python manage.py runserver --noreload "127.0.0.1:$django_port" >"$home/django.log" 2>&1 &
django=$!
# shellcheck disable=SC2317 # the trap calls it
stop() {
  local status=$?
  trap - EXIT
  kill -TERM "$django" 2>/dev/null || true
  wait "$django" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then tail -n 30 "$home/guide.log" "$home/django.log" || true; fi
  cd "$root"
  rm -rf "$home"
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What happens beside the printed lines, in the shell that runs them.
cat >"$home/beside.sh" <<'END'
set -Eeuo pipefail
trap 'status=$?; kill $(jobs -p) 2>/dev/null || true; exit $status' EXIT
trap 'echo "failed: $BASH_COMMAND" >&3' ERR

django=http://127.0.0.1:8000 countersign=http://127.0.0.1:8001
ask() { curl -sS --retry 20 --retry-connrefused --retry-delay 1 -H 'Host: shop.example.com' "$@"; }
of() { sed "s/.*\"$1\":\"\([^\"]*\).*/\1/" "$2"; }
register() { ask -f -d "username=$2" -d "password=$3" "$1/api/register/"; }
sign_in() { ask -f -o ~/"$4" -d "username=$2" -d "password=$3" "$1/api/token/"; }

# answers STATUS … fails unless the answer has that status.
answers() {
  local want=$1 got
  shift
  got=$(ask -o /dev/null -w '%{http_code}' "$@")
  if [ "$got" != "$want" ]; then
    echo "status $got, want $want: ${*: -1}" >&3
    return 1
  fi
}
opens() { answers "$1" -H "Authorization: Bearer $(of access ~/"$3")" "$2/api/protected/"; }
refreshes() { answers "$1" -d "refresh=$(of refresh ~/"$3")" "$2/api/token/refresh/"; }

before_1() {
  for name in alice carol; do register $django $name quiet-harbour-42; done
  sign_in $django alice quiet-harbour-42 first.json
}
after_3() { # Django runs on
  register $django bob teal-heron-compass
  sign_in $django bob teal-heron-compass bob.json
  sign_in $django alice quiet-harbour-42 ended.json
  answers 200 -d "refresh=$(of refresh ~/ended.json)" $django/api/token/blacklist/
  (cd ~/shop && python manage.py shell -c "
from django.contrib.auth.models import User
carol = User.objects.get(username='carol')
carol.set_password('amber-lantern-17')
carol.save()")
}
after_5() {
  answers 403 -d username=dora -d password=mauve-otter-lantern $countersign/api/register/
}
after_7() {
  opens 200 $countersign bob.json
  refreshes 200 $countersign bob.json
  sign_in $countersign bob teal-heron-compass bob-ours.json
  refreshes 200 $countersign first.json
  refreshes 401 $countersign ended.json
  sign_in $countersign carol amber-lantern-17 carol.json
  answers 401 -d username=carol -d password=quiet-harbour-42 $countersign/api/token/
  register $countersign dora mauve-otter-lantern
  sign_in $countersign dora mauve-otter-lantern dora.json
  for _ in {1..75}; do # the log says it every minute
    if grep -q 'the bridge accepted' countersign.log; then return; fi
    sleep 1
  done
  echo "the log says nothing of the bridge" >&3
  return 1
}
after_8() {
  opens 401 $countersign bob.json
  refreshes 401 $countersign bob.json
  opens 200 $countersign bob-ours.json
  refreshes 200 $countersign bob-ours.json
}
after_Going() {
  for name in bob-ours carol dora; do
    opens 200 $django $name.json
    refreshes 200 $django $name.json
  done
  [[ $(ask -H "Authorization: Bearer $(of access ~/dora.json)" $django/api/protected/) == *'"username":"dora"'* ]]
  answers 401 -d username=dora -d password=mauve-otter-lantern $django/api/token/
  register $django erin mauve-otter-lantern | grep '"id":5,' # dora has 4
}
END

# The sections, with what belongs between them.
section() { awk -v heading="$1" '/^## / { on = $0 == heading } on' "$page"; }
while read -r heading; do
  lines=$(printed <(section "$heading"))
  if [ -z "$lines" ]; then continue; fi
  name=${heading#\#\# }
  key=${name%%[. ]*}
  echo "echo '      $name' >&3"
  echo "if declare -F before_$key >/dev/null; then before_$key; fi"
  echo "$lines"
  echo "if declare -F after_$key >/dev/null; then after_$key; fi"
done < <(grep '^## ' "$page") >"$home/lines.sh"
while read -r key; do
  grep -q "then $key;" "$home/lines.sh" || { echo "the guide has no section for $key"; exit 1; }
done < <(grep -oE '^(before|after)_[^(]*' "$home/beside.sh")

cat "$home/beside.sh" "$home/lines.sh" |
  sed "s/127\.0\.0\.1:8000/127.0.0.1:$django_port/g; s/127\.0\.0\.1:8001/127.0.0.1:$port/g" >"$home/guide.bash"
cd "$home"
"${alone[@]}" bash guide.bash 3>&1 >guide.log 2>&1
