# shellcheck shell=bash
# step.sh: runs a command as one line with its seconds; its output is shown only when it fails.
# Sourced by tools/install and tools/bench, which set `tool` to their name.

# step LABEL COMMAND...: returns the command's exit status.
step() {
  local label=$1 log status=0 start=$SECONDS
  shift
  log=$(mktemp)
  printf '%s: %s ... ' "${tool:?}" "$label"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [[ $status -eq 0 ]]; then
    printf 'done, %d s\n' "$((SECONDS - start))"
  else
    printf 'failed after %d s (exit %d)\n' "$((SECONDS - start))" "$status"
    printf '%s: this is what it printed:\n' "$tool" >&2
    cat "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}
