#!/usr/bin/env bash
# The snippets for cloud-init and kickstart do what they say: what they write is applied as they apply it,
# the first to the running host, the second to its files alone; and to an image.
# ctest: once
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

examples=${KVMNET_SOURCE_DIR:-$(cd "$SUPPORT/../.." && pwd)}/examples
mkdir -p "$WORK/bin"
ln -s "$KVMNET" "$WORK/bin/kvmnet"
PATH=$WORK/bin:$PATH
# The interpreter that Ansible runs on has a YAML parser.
python=$(sed -n '1s/^#! *//p' "$(command -v ansible)")

# user_data FILE: as cloud-init does it: writes the files, then prints the commands, a line each
user_data()
{
	"$python" - "$1" <<'PYTHON'
import os, shlex, sys, yaml
with open(sys.argv[1]) as stream:
    assert stream.readline() == '#cloud-config\n'
    data = yaml.safe_load(stream)
assert set(data) == {'write_files', 'runcmd'}, sorted(data)
for entry in data['write_files']:
    os.makedirs(os.path.dirname(entry['path']), exist_ok=True)
    with open(entry['path'], 'w') as stream:
        stream.write(entry['content'])
print('\n'.join(shlex.join(words) for words in data['runcmd']))
PYTHON
}

# post FILE: the script of a kickstart file's %post
post()
{
	sed -n '/^%post/,/^%end/{ /^%/!p }' "$1"
}

# state: kernel and links
state()
{
	kernel_state eth0
	links
}

# ---- cloud-init ----

host_static
mkdir -p "/etc/cloud/cloud.cfg.d"
ok 'the user data is what cloud-init takes' user_data "$examples/cloud-init.yaml"
user_data "$examples/cloud-init.yaml" >"$WORK/runcmd"
is "$(wc -l <"$WORK/runcmd")" 1 'it runs one command'
is "$("$python" -c 'import sys, yaml; print(yaml.safe_load(sys.stdin)["network"]["config"])' \
	</etc/cloud/cloud.cfg.d/99-kvmnet.cfg)" disabled 'cloud-init is told to write no network'
ok 'it works' sh -e "$WORK/runcmd"
is "$(master eth0) $(addresses br0 -4)" 'br0 192.168.12.118/24' 'the bridge has taken over'
ok 'the host is reached' wait_for 10 host_answers
run_is 0 'a second run finds nothing to do' apply /etc/kvmnet.conf --exit-code

# ---- kickstart ----

host_again
rm -f /etc/kvmnet.conf
before=$(state)
post "$examples/kickstart.ks" >"$WORK/post"
like "$(<"$WORK/post")" '^kvmnet apply --no-live ' 'the snippet applies to files alone'
ok 'it works' sh -e "$WORK/post"
is "$(state)" "$before" 'the running network is not touched'
is "$(value ifcfg-eth0 BRIDGE) $(value ifcfg-br0 BOOTPROTO)" 'br0 dhcp' 'the files are what it says'
run_is 0 'a second run finds nothing to do' apply --no-live /etc/kvmnet.conf --exit-code
rm "$SCRIPTS/ifcfg-eth0" "$SCRIPTS/ifcfg-br0"
ok 'it works where the installer has written no file' sh -e "$WORK/post"
is "$(value ifcfg-eth0 BRIDGE) $(value ifcfg-br0 BOOTPROTO)" 'br0 dhcp' '... and makes them'

# ---- an image ----

recipe_root "$WORK/image"
before=$(state)$(file_bytes)
run_is 0 'an image' --root "$WORK/image" apply "$examples/static.conf"
is "$(state)$(file_bytes)" "$before" 'leaves the host alone'
like "$(<"$WORK/image$SCRIPTS/ifcfg-eth0")" '^BRIDGE=br0' 'and has its bridge'
story_end
