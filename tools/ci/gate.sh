#!/usr/bin/env bash
# Builds two commits on this machine, records them by turns, and ends with the gate's exit code.
# For any CI system, and for a terminal.
set -euo pipefail

tool=tools/ci/gate.sh

usage() {
  cat <<'EOF'
usage: tools/ci/gate.sh [OPTION...] BASE [NEW] [-- ARGUMENT...]

Builds the commit where NEW (default: HEAD) left BASE, and NEW, records both on this machine and
judges NEW with `faultline gate`. The arguments behind -- go to faultline run, sim or check.

  --bench run|sim|check   what to record (default: run, which measures)
  --rounds N              rounds of the screen, base and new by turns (default: 12)
  --confirm-rounds N      rounds for what the screen suspects (default: 16)
  --cool-down S           seconds between screen and confirmation (default: 30)
  --accepted FILE         accepted changes (docs/gate.md); read from the tree that this runs in
  --certificate FILE      noise certificate of this machine (faultline selfcheck)
  --metric A,B            metrics (default: throughput)
  --threshold P           smallest change that matters, in percent
  --strict                end with 3 when rows could not be decided
  -o DIR                  where everything goes; must not exist (default: faultline-gate)

DIR holds the result files, gate.txt, gate.md, gate.xml (JUnit) and verdict.json. Where
$GITHUB_STEP_SUMMARY is set, gate.md is appended to it.

examples:
  tools/ci/gate.sh origin/main -- --design rwsem,refcount --workload pf_shared
  tools/ci/gate.sh --bench sim origin/main -- --machine bergamo-2s --cpus 1,16,64
  tools/ci/gate.sh --bench check origin/main -- --quick

exit: 0 no regression; 1 a regression; 2 usage, or a build that fails; 3 inconclusive (--strict);
4 this machine cannot do it; 5 nothing to compare
EOF
}

fail() {
  printf '%s: %s\n' "$tool" "$2" >&2
  exit "$1"
}

# number NAME VALUE: stops unless VALUE is a plain number.
number() {
  [[ $2 =~ ^[0-9]{1,6}$ ]] || fail 2 "$1 needs a number, not '$2'"
}

# Sets bench, rounds, confirm_rounds, cool_down, out, gate_options, refs and passed.
read_arguments() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --strict) gate_options+=(--strict) && shift && continue ;;
      --) shift && passed=("$@") && return ;;
      --bench | --rounds | --confirm-rounds | --cool-down | --accepted | --certificate | \
        --metric | --threshold | -o)
        [[ $# -gt 1 ]] || fail 2 "$1 needs a value; see $tool --help"
        ;;
      -*) fail 2 "unknown option '$1'; see $tool --help" ;;
      *) refs+=("$1") && shift && continue ;;
    esac
    case $1 in
      --bench) bench=$2 ;;
      --rounds) number "$1" "$2" && rounds=$2 ;;
      --confirm-rounds) number "$1" "$2" && confirm_rounds=$2 ;;
      --cool-down) number "$1" "$2" && cool_down=$2 ;;
      --accepted | --certificate)
        [[ -f $2 ]] || fail 2 "there is no file '$2' for $1"
        gate_options+=("$1" "$(realpath -- "$2")")
        ;;
      --threshold)
        [[ $2 =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail 2 "$1 needs a percentage, not '$2'"
        gate_options+=("$1" "$2")
        ;;
      --metric) gate_options+=("$1" "$2") ;;
      -o) out=$2 ;;
    esac
    shift 2
  done
}

# commit NAME: its 40 digits.
commit() {
  git rev-parse --verify --quiet --end-of-options "$1^{commit}" ||
    fail 2 "git knows no commit '$1'; fetch the whole history (GitHub: fetch-depth: 0, GitLab: \
GIT_DEPTH: 0)"
}

# build SIDE COMMIT: a program in $out/tree/SIDE/build/runner.
build() {
  local tree=$out/tree/$1 log=$out/build-$1.log
  printf '%s: building %s (%s)\n' "$tool" "$1" "${2:0:12}"
  git worktree add --quiet --detach "$tree" "$2" >"$log" 2>&1 ||
    fail 2 "cannot check out $2; see $log"
  if ! { meson setup --buildtype=release "$tree/build" "$tree" &&
    ninja -C "$tree/build" faultline; } >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail 2 "the build of $1 (${2:0:12}) failed; see $log"
  fi
}

program() {
  printf '%s' "$out/tree/$1/build/runner/faultline"
}

# shellcheck disable=SC2317 # the trap calls it
remove_trees() {
  local side
  for side in base new; do
    [[ ! -e $out/tree/$side ]] || git worktree remove --force "$out/tree/$side" || true
  done
  rm -rf "$out/tree"
}

# record SIDE FILE ARGUMENT...: one session. A lock that fails (1) and runs that failed (3) are in
# the file, and the gate judges them.
record() {
  local side=$1 file=$2 code=0
  shift 2
  "$(program "$side")" "$bench" "$@" --quiet -o "$file" || code=$?
  [[ $code -eq 0 || $code -eq 1 || $code -eq 3 ]] ||
    fail "$code" "recording $side ended with $code; see above"
}

# by_turns SUFFIX ROUNDS ARGUMENT...: one round at a time into base$SUFFIX and new$SUFFIX. Who goes
# first changes every time, so that a drift of the machine hits both alike.
by_turns() {
  local suffix=$1 number=$2 i side order seed
  shift 2
  mkdir "$out/base$suffix" "$out/new$suffix" || fail 2 "cannot write into $out"
  for ((i = 1; i <= number; i++)); do
    order=(base new)
    [[ $((i % 2)) -eq 1 ]] || order=(new base)
    seed=$((RANDOM * 32768 + RANDOM))
    printf '%s: round %d of %d\n' "$tool" "$i" "$number"
    for side in "${order[@]}"; do
      record "$side" "$out/$side$suffix/$(printf '%06d' "$i").json" "$@" --rounds 1 --seed "$seed"
    done
  done
}

# gate OPTION...: the gate of the new build; its text is shown and kept.
gate() {
  local code=0
  rm -f "$out/gate.txt" "$out/gate.md" "$out/gate.xml" "$out/verdict.json"
  "$(program new)" gate "$@" "${gate_options[@]}" --markdown "$out/gate.md" \
    --junit "$out/gate.xml" --json "$out/verdict.json" >"$out/gate.txt" || code=$?
  cat "$out/gate.txt"
  return "$code"
}

# measure: screen, then fresh runs of what it suspects. Returns the gate's exit code.
measure() {
  local code=0 again
  by_turns "" "$rounds" "${passed[@]}"
  gate "$out/base" "$out/new" --screen "$out/again.txt" || code=$?
  [[ $code -eq 3 && -s $out/again.txt ]] || return "$code"
  printf '%s: fresh runs of the candidates in %d seconds\n' "$tool" "$cool_down"
  sleep "$cool_down"
  # Words of a result file: split, never evaluated.
  read -r -a again <"$out/again.txt"
  by_turns -confirm "$confirm_rounds" "${again[@]}"
  gate "$out/base" "$out/new" --confirm "$out/base-confirm" "$out/new-confirm"
}

# compute: simulations and proofs are exact, so one file each is enough.
compute() {
  local side
  for side in base new; do
    printf '%s: faultline %s of %s\n' "$tool" "$bench" "$side"
    record "$side" "$out/$side.json" "${passed[@]}"
  done
  gate "$out/base.json" "$out/new.json"
}

bench=run rounds=12 confirm_rounds=16 cool_down=30 out=faultline-gate
gate_options=() refs=() passed=()
read_arguments "$@"
[[ ${#refs[@]} -ge 1 && ${#refs[@]} -le 2 ]] || fail 2 "give BASE, and NEW if it is not HEAD"
[[ $bench =~ ^(run|sim|check)$ ]] || fail 2 "--bench is run, sim or check, not '$bench'"
[[ ! -e $out ]] || fail 2 "$out is there already; remove it, or name another folder with -o"
new=$(commit "${refs[1]:-HEAD}")
base=$(commit "${refs[0]}")
base=$(git merge-base "$base" "$new") ||
  fail 2 "${refs[0]} and ${refs[1]:-HEAD} have no common commit; fetch the whole history"
[[ $base != "$new" ]] ||
  fail 5 "${refs[1]:-HEAD} has nothing that ${refs[0]} does not have: there is nothing to judge"

mkdir -p "$out"
out=$(realpath -- "$out")
trap remove_trees EXIT
build base "$base"
build new "$new"
code=0
if [[ $bench == run ]]; then measure || code=$?; else compute || code=$?; fi
if [[ -n ${GITHUB_STEP_SUMMARY:-} && -e $out/gate.md ]]; then
  cat "$out/gate.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
