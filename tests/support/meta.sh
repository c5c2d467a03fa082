# What the checks of the sources share. Sourced; the caller's folder is tests/meta.
# shellcheck shell=bash

top=${KVMNET_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[1]}")/../.." && pwd)}
cd "$top" || exit 1
faults=0

# fault TEXT: one finding, given as it shall be read
fault()
{
	printf '%s\n' "$1"
	faults=$((faults + 1))
}

# forbid WHY REGEX PATH...: every line of code that matches is a fault. Comment lines are skipped.
forbid()
{
	local why=$1 regex=$2 line
	shift 2
	while IFS= read -r line; do
		fault "$line    <- $why"
	done < <(grep -rnE --include='*.c' --include='*.h' --include='*.def' -e "$regex" -- "$@" \
		2>/dev/null | grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/\*|\*|//)')
}

# The end of every check: says how much was looked at, so that an empty look is seen.
meta_done()
{
	local looked=$1
	if [ "$looked" -eq 0 ]; then
		fault 'nothing was looked at'
	fi
	echo "$looked looked at, $faults faults"
	[ "$faults" -eq 0 ]
	exit
}
