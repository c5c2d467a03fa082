#!/usr/bin/env bash
# The Ansible collection: its documentation is whole and clean, it names every parameter of the module and
# no other, its examples are what it documents, and hosts with Python 3.6 can run the module.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export HOME=$tmp ANSIBLE_CONFIG=$tmp/ansible.cfg ANSIBLE_LOCAL_TEMP=$tmp/local ANSIBLE_NOCOLOR=1 \
	ANSIBLE_COLLECTIONS_PATH=$tmp PYTHONDONTWRITEBYTECODE=1
: >"$ANSIBLE_CONFIG"
collection=$tmp/ansible_collections/kvmnet/kvmnet
mkdir -p "${collection%/*}" && cp -r examples/ansible "$collection" || exit 1
name=kvmnet.kvmnet.kvmnet

# The documentation, as users see it and as a document.
ansible-doc -t module "$name" >"$tmp/page" 2>"$tmp/err" || fault "ansible-doc fails"
while IFS= read -r line; do
	fault "ansible-doc: $line"
done <"$tmp/err"
# Markup that this generation of ansible-doc does not know is shown as it stands.
while IFS= read -r line; do
	fault "ansible-doc shows markup: $line"
done < <(grep -nE '\b(O|V|E|RV|I|C|B|P)\([^)]*\)' "$tmp/page")
ansible-doc -t module -j "$name" >"$tmp/doc.json" 2>/dev/null

# The interpreter that Ansible itself runs on has a YAML parser.
python=$(sed -n '1s/^#! *//p' "$(command -v ansible-doc)")
while IFS= read -r line; do
	fault "$line"
done < <("$python" tests/support/ansible_module.py "$tmp/doc.json" examples/ansible 2>&1 ||
	echo 'the check of the documentation has failed')
ansible-playbook --syntax-check -i examples/ansible/playbooks/hosts.ini \
	examples/ansible/playbooks/fleet.yml >"$tmp/out" 2>&1 ||
	fault "the playbook: $(<"$tmp/out")"
# As its README says; with a slash at the end this ansible-galaxy breaks.
read -ra install < <(sed -n 's/^\(ansible-galaxy collection install [^#]*\)#.*/\1/p' examples/ansible/README.md)
"${install[@]}" --collections-path "$tmp/installed" >"$tmp/out" 2>&1
[ -f "$tmp/installed/ansible_collections/kvmnet/kvmnet/plugins/modules/kvmnet.py" ] ||
	fault "the collection cannot be installed: $(<"$tmp/out")"

# What ansible-test can check with nothing from the network.
if command -v ansible-test >/dev/null; then
	(cd "$collection" && ansible-test sanity --color no --test shebang --test line-endings \
		--test future-import-boilerplate --test metaclass-boilerplate \
		--test action-plugin-docs --test no-main-display --test use-argspec-type-path) \
		>"$tmp/out" 2>&1 </dev/null || fault "ansible-test: $(grep -E 'ERROR|FATAL' "$tmp/out")"
fi
meta_done "$(wc -l <"$tmp/page")"
