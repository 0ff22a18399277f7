# shellcheck shell=bash
# What .ci/run and .ci/nightly have in common: run a check, tell how it went, count.

export CI=true NO_COLOR=1
passed=0
failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# check NAME COMMAND...: no check may take longer than `limit` seconds, ten minutes unless told.
check() {
  local name=$1 started=$SECONDS
  shift
  if timeout --kill-after=10 "${limit:-600}" "$@" >"$output" 2>&1 </dev/null; then
    passed=$((passed + 1))
    echo "pass $name ($((SECONDS - started))s)"
  else
    failed=$((failed + 1))
    echo "FAIL $name ($((SECONDS - started))s)"
    sed 's/^/    /' "$output"
  fi
}

# The program is all that the suites ask for: they start a Redis of their own, because they crash it halfway.
provide_redis() {
  command -v redis-server && return
  local as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update && $as_root apt-get install --yes --no-install-recommends redis-server
}
export -f provide_redis

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && exit 0
  exit 1
}
