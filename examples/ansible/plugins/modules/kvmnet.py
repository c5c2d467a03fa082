#!/usr/bin/python
# -*- coding: utf-8 -*-
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs on the managed host, also on Python 3.6 (RHEL 8) and 2.7 (RHEL 7): no newer syntax.
# Everything it knows of the host, it knows from kvmnet's JSON documents.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: kvmnet
short_description: Make the network of a KVM host be what an INI file says
version_added: "0.1.0"
description:
  - Bridges, port options and libvirt's networks of a host from one file in the form of
    kvmnet.conf(5), in configuration files, running kernel and libvirt, as one change that is made
    whole or not at all.
  - After the change the host is asked whether it still reaches what it reached before. If not,
    everything is put back and the task fails.
  - With I(confirm) the change is undone by itself unless a later task confirms it. That task runs
    only where the host can still be reached.
options:
  state:
    description:
      - C(applied) makes the host be what the file says.
      - C(checked) changes nothing. The task fails when the host is not what the file says, or when
        its configuration files and its running kernel differ; it needs no file.
      - C(confirmed) keeps the change that waits for its confirmation.
      - C(cancelled) undoes the change that waits for its confirmation, at once.
    type: str
    choices: [applied, checked, confirmed, cancelled]
    default: applied
  content:
    description:
      - The description itself, for example from the C(template) lookup.
    type: str
  src:
    description:
      - The file with the description, on the controller, looked for as by the C(copy) module.
      - With I(remote_src) a file on the managed host, or a folder whose C(*.conf) files are read in
        the order of their names.
    type: path
  remote_src:
    description:
      - I(src) is a path on the managed host.
    type: bool
    default: false
  confirm:
    description:
      - Undo the change by itself unless it is confirmed within so many seconds, 1 to 86400.
      - The task itself does not wait; see the return value I(pending).
      - Needed for a change that takes away the address that Ansible's own connection uses.
    type: int
  change:
    description:
      - The number of the change to be confirmed or cancelled, as I(change) of the task that made it.
      - Without it, whichever change is waiting.
    type: int
  checks:
    description:
      - What must answer after the change; else everything is put back.
      - C(gateway), C(peer), C(ping:IP) or C(tcp:HOST:PORT).
    type: list
    elements: str
    default: []
  force:
    description:
      - Safety rules to override, by their names; the message of a refusal names its rule.
    type: list
    elements: str
    default: []
  prune:
    description:
      - Remove, too, what kvmnet made earlier and the file no longer has. What others made is never
        removed.
    type: bool
    default: false
  live:
    description:
      - Whether to change the running kernel, too. Without it, files alone are written, for the next
        boot.
    type: bool
    default: true
  root:
    description:
      - Work on the files of the system below this directory, such as an image that is being built,
        and on nothing else.
    type: path
  lock_timeout:
    description:
      - Seconds to wait for another change of the host's network.
    type: int
    default: 10
  executable:
    description:
      - Where kvmnet is, if it is not found by itself.
    type: path
requirements:
  - kvmnet 0.1.0 or later on the managed host
notes:
  - Needs root on the managed host.
  - In diff mode, the changes of files and of libvirt's definitions are shown, and the steps in the
    running kernel.
  - Before confirming, let Ansible connect anew (C(meta) with C(reset_connection)), since a connection
    that stands already proves less.
author:
  - the kvmnet authors (@kvmnet)
"""

EXAMPLES = r"""
- name: The network is what the file says; undone by itself if this host is lost
  kvmnet.kvmnet.kvmnet:
    src: fleet.conf
    confirm: 120
  register: net

- name: Connect anew
  ansible.builtin.meta: reset_connection

- name: Keep the change
  kvmnet.kvmnet.kvmnet:
    state: confirmed
    change: "{{ net.change }}"
  when: net.pending

- name: A bridge over whatever card has the default route
  kvmnet.kvmnet.kvmnet:
    content: |
      [bridge br0]
      ports = @uplink
    checks:
      - gateway
      - tcp:192.168.12.53:53

- name: Fail where somebody has changed the network by hand
  kvmnet.kvmnet.kvmnet:
    src: fleet.conf
    state: checked

- name: Configure an image
  kvmnet.kvmnet.kvmnet:
    content: "{{ lookup('ansible.builtin.template', 'host.conf.j2') }}"
    root: /mnt/image

- name: Use what was found
  ansible.builtin.debug:
    msg: "{{ ansible_facts.kvmnet.bridges | map(attribute='name') | list }}"
"""

RETURN = r"""
change:
  description: The number of the change, as in C(kvmnet history); null when none was made.
  returned: state is not checked
  type: int
  sample: 42
pending:
  description: Whether the change waits for its confirmation.
  returned: state is applied
  type: bool
  sample: true
pending_s:
  description: Seconds until it is undone by itself; null when it does not wait.
  returned: state is applied
  type: int
  sample: 120
steps:
  description: What was done, or would be, in the running kernel and in libvirt.
  returned: state is applied, or checked with a file
  type: list
  elements: str
  sample: ["create bridge br0", "attach eth0 to br0"]
notes:
  description: Remarks; warnings among them are shown as warnings of the task, too.
  returned: state is applied, or checked with a file
  type: list
  elements: str
  sample: []
differences:
  description: Where the host is not what it should be, a line each.
  returned: state is checked
  type: list
  elements: str
  sample: ["br0: mtu: file 1500, kernel 1400"]
errors:
  description: Why it failed, all faults at once.
  returned: failure
  type: list
  elements: dict
  contains:
    code:
      description: The kind of error, one stable word.
      type: str
    exit_code:
      description: kvmnet's exit status for this error.
      type: int
    rule:
      description: The safety rule that refused, or null.
      type: str
    message:
      description: What failed, and why.
      type: str
    hint:
      description: What to do, or null.
      type: str
    host:
      description: What the host is now; one of unchanged, put-back, incomplete, changed,
        earlier-undone.
      type: str
    file:
      description: The file that the error is in, or null.
      type: str
    line:
      description: The line in it, or null.
      type: int
    column:
      description: The column, or null.
      type: int
rc:
  description: kvmnet's exit status; kvmnet(8) lists them.
  returned: failure, when kvmnet was run
  type: int
  sample: 2
ansible_facts:
  description: The host as it is after the task. Left out where it could not be read.
  returned: success
  type: dict
  contains:
    kvmnet:
      description: What kvmnet knows of the host.
      type: dict
      contains:
        version:
          description: kvmnet's version.
          type: str
          sample: 0.1.0
        bridges:
          description: Every bridge with its ports, addresses, options, and the differences between
            file and kernel.
          type: list
          elements: dict
        config:
          description: The bridges as a file that, applied, changes nothing.
          type: str
"""

import json
import os

from ansible.module_utils._text import to_bytes, to_native
from ansible.module_utils.basic import AnsibleModule

# What a state has no use for. Saying it all the same is a misunderstanding, not a detail.
MEANINGLESS = {
    'applied': ('change',),
    'checked': ('change', 'confirm', 'checks'),
    'confirmed': ('content', 'src', 'confirm', 'checks', 'force', 'root'),
    'cancelled': ('content', 'src', 'confirm', 'checks', 'force', 'root'),
}
PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/opt/kvmnet/bin']


class Kvmnet(object):
    """kvmnet on this host, by its documents."""

    def __init__(self, module):
        self.module = module
        self.path = self.find()
        self.version = self.ask_version()

    def find(self):
        given = self.module.params['executable']
        if given:
            if not os.access(given, os.X_OK) or os.path.isdir(given):
                self.module.fail_json(msg='there is no program %s on this host' % given)
            return given
        found = self.module.get_bin_path('kvmnet', required=False, opt_dirs=PLACES)
        if not found:
            self.module.fail_json(
                msg='kvmnet is not installed on this host: it is neither in the PATH nor in %s; '
                    'install it, or name its place with "executable"' % ', '.join(PLACES))
        return found

    def call(self, words, cwd=None):
        """Returns: exit status, document or None, standard error."""
        env = {'LC_ALL': 'C.UTF-8', 'NO_COLOR': '1'}
        status, out, err = self.module.run_command([self.path, '--json'] + words, cwd=cwd,
                                                   environ_update=env)
        try:
            document = json.loads(out)
        except ValueError:
            return status, None, err
        if not isinstance(document, dict) or 'schema' not in document:
            return status, None, err
        return status, document, err

    def ask_version(self):
        status, document, dummy = self.call(['--version'])
        if status != 0 or not document or document['schema'] != 'kvmnet.version/1':
            self.module.fail_json(
                msg='%s is too old for this module, or is not kvmnet: it does not tell its version '
                    'as a document; install kvmnet 0.1.0 or later' % self.path)
        return document['version']

    def run(self, words, cwd=None):
        """The document of a command that succeeds, or finds differences (exit status 1)."""
        status, document, err = self.call(words, cwd)
        if document is None:
            self.module.fail_json(msg='kvmnet %s gave no document (exit status %d): %s'
                                      % (words[0], status, err.strip() or 'it said nothing'),
                                  rc=status)
        if document['schema'] != 'kvmnet.%s/1' % words[0]:
            self.module.fail_json(msg='kvmnet %s (version %s) answers with %s, which this module '
                                      'does not know: it needs a newer one'
                                      % (words[0], self.version, document['schema']), rc=status)
        if status > 1 or document.get('errors'):
            self.fail(status, document)
        return status, document

    def fail(self, status, document):
        errors = document.get('errors') or []
        lines = [tell(error) for error in errors]
        if not lines:
            lines = ['kvmnet failed with exit status %d' % status]
        if any(e['code'] == 'privilege' for e in errors) and os.geteuid() != 0:
            lines.append('hint: this task does not run as root; it needs "become: true"')
        self.module.fail_json(msg='\n'.join(lines), errors=errors, rc=status,
                              change=document.get('change'), changed=document.get('changed', False))

    def facts(self, where):
        """What can be read. A change that was made is not to fail for the sake of its facts."""
        ret = {'version': self.version}
        for words, key, member in ((['check'], 'bridges', 'bridges'), (['export'], 'config', 'text')):
            status, document, err = self.call(words + where)
            if status > 1 or not document or member not in document:
                self.module.warn('kvmnet %s failed with exit status %d: its facts are left out'
                                 % (words[0], status))
                continue
            ret[key] = document[member]
        return {'kvmnet': ret}


# What a host is after an error, where that is more than "nothing was changed".
HOSTS = {
    'put-back': 'everything was put back',
    'incomplete': 'the host may be half old, half new',
    'changed': 'the change stands',
    'earlier-undone': 'an unfinished change was undone, nothing else was changed',
}


def tell(error):
    """One error as on a terminal: place, what, what the host is now, hint."""
    place = error.get('file') or ''
    for key in ('line', 'column'):
        if place and error.get(key):
            place += ':%d' % error[key]
    text = '%s%s' % (place + ': ' if place else '', error['message'])
    if error.get('host') in HOSTS:
        text += '; %s' % HOSTS[error['host']]
    if error.get('hint'):
        text += '\nhint: %s' % error['hint']
    if error.get('rule'):
        text += '\n(rule %s; "force: [%s]" overrides it)' % (error['rule'], error['rule'])
    return text


def check_words(module):
    """What contradicts itself is refused before the host is looked at."""
    params = module.params
    state = params['state']
    unwanted = [name for name in MEANINGLESS[state] if params[name] not in (None, [])]
    if unwanted:
        module.fail_json(msg='state=%s has no use for: %s' % (state, ', '.join(unwanted)))
    if params['remote_src'] and not params['src']:
        module.fail_json(msg='remote_src says where src is, and there is no src')
    for name, least in (('confirm', 1), ('change', 1), ('lock_timeout', 0)):
        if params[name] is not None and params[name] < least:
            module.fail_json(msg='%s must be at least %d, not %d' % (name, least, params[name]))


def place_file(module):
    """The description as a file that kvmnet is to read. Returns: directory or None, name in it.

    In messages it has the name that the user knows, not that of a temporary folder.
    """
    params = module.params
    if params['src'] is not None and params['remote_src']:
        return None, os.path.abspath(params['src'])
    if params['src'] is not None:
        where, name = os.path.split(params['src'])
        return where or '.', './' + name if name.startswith('-') else name
    if params['content'] is None:
        return None, None
    path = os.path.join(module.tmpdir, 'content')
    try:
        with open(path, 'wb') as stream:
            stream.write(to_bytes(params['content'], errors='surrogate_or_strict'))
    except (IOError, OSError) as exc:
        module.fail_json(msg='cannot write %s: %s' % (path, to_native(exc)))
    return module.tmpdir, 'content'


def words_of(params, names):
    """Parameters as options."""
    words = []
    for name in names:
        value = params[name]
        if name == 'live':
            words += [] if value else ['--no-live']
        elif name == 'prune':
            words += ['--prune'] if value else []
        elif name == 'force':
            words += ['--force=%s' % rule for rule in value]
        elif name == 'checks':
            words += [word for check in value for word in ('--check', check)]
        elif value is not None:
            words += ['--' + name.replace('_', '-'), '%s' % value]
    return words


def diff_of(document):
    """Ansible's form: before and after of each file and network, and the steps as they are."""
    parts = []
    for kind in ('files', 'networks'):
        for entry in document.get(kind) or []:
            name = entry.get('path') or 'network %s' % entry.get('name')
            parts.append({'before_header': name, 'after_header': name,
                          'before': entry['before'] or '', 'after': entry['after'] or ''})
    if document.get('steps'):
        lines = ['%3d  %s' % (step['n'], step['text']) for step in document['steps']]
        parts.append({'prepared': 'Live:\n%s\n' % '\n'.join(lines)})
    return parts


def report_plan(module, document):
    """What apply and diff have in common."""
    for note in document['notes']:
        if note['level'] == 'warning':
            module.warn(note['text'])
    ret = {'steps': [step['text'] for step in document['steps']],
           'notes': [note['text'] for note in document['notes']]}
    if module._diff:
        ret['diff'] = diff_of(document)
    return ret


def apply_file(module, kvmnet, where):
    cwd, name = place_file(module)
    # --no-wait also without "confirm": the file may ask for a confirmation, too.
    words = ['apply', name, '--no-wait', '--yes']
    words += words_of(module.params, ('root', 'prune', 'live', 'confirm', 'checks', 'force',
                                      'lock_timeout'))
    if module.check_mode:
        words.append('--dry-run')
    dummy, document = kvmnet.run(words, cwd)
    ret = report_plan(module, document)
    ret.update(changed=document['changed'], change=document['change'],
               pending=document['pending_s'] is not None, pending_s=document['pending_s'])
    ret['ansible_facts'] = kvmnet.facts(where)
    return ret


def lines_of_diff(document):
    """What a plan would change, a line each."""
    lines = [entry['path'] for entry in document['files']]
    lines += ['network %s' % entry['name'] for entry in document['networks']]
    return lines + [step['text'] for step in document['steps']]


def lines_of_check(document):
    """Where files and kernel differ, a line each. A file does not say all that they hold."""
    return ['%s: %s' % (bridge['name'], diff['text'])
            for bridge in document['bridges'] for diff in bridge['differences']]


def check_host(module, kvmnet, where):
    cwd, name = place_file(module)
    ret, lines = {}, []
    if name:
        words = ['diff', name] + words_of(module.params, ('root', 'prune', 'live', 'force',
                                                          'lock_timeout'))
        dummy, document = kvmnet.run(words, cwd)
        ret = report_plan(module, document)
        lines = ['to be changed: %s' % line for line in lines_of_diff(document)]
    if module.params['live']:
        dummy, document = kvmnet.run(['check'] + where)
        lines += lines_of_check(document)
    ret.update(changed=False, differences=lines, ansible_facts=kvmnet.facts(where))
    if lines:
        module.fail_json(msg='the host is not what it should be:\n%s' % '\n'.join(lines), **ret)
    return ret


def look_for_pending(module, kvmnet):
    """Check mode: what the word would do."""
    wanted = module.params['change']
    dummy, document = kvmnet.run(['history'])
    for change in document['changes']:
        if change['state'] == 'pending' and wanted in (None, change['number']):
            return {'changed': True, 'change': change['number']}
    return {'changed': False, 'change': wanted}


def say_word(module, kvmnet, where):
    verb = {'confirmed': 'confirm', 'cancelled': 'cancel'}[module.params['state']]
    number = module.params['change']
    if module.check_mode:
        ret = look_for_pending(module, kvmnet)
    else:
        words = [verb] + ([] if number is None else ['%d' % number])
        dummy, document = kvmnet.run(words + words_of(module.params, ('lock_timeout',)))
        ret = {'changed': document['changed'], 'change': document['change']}
    ret['ansible_facts'] = kvmnet.facts(where)
    return ret


def main():
    module = AnsibleModule(
        argument_spec=dict(
            state=dict(type='str', default='applied',
                       choices=['applied', 'checked', 'confirmed', 'cancelled']),
            content=dict(type='str'),
            src=dict(type='path'),
            remote_src=dict(type='bool', default=False),
            confirm=dict(type='int'),
            change=dict(type='int'),
            checks=dict(type='list', elements='str', default=[]),
            force=dict(type='list', elements='str', default=[]),
            prune=dict(type='bool', default=False),
            live=dict(type='bool', default=True),
            root=dict(type='path'),
            lock_timeout=dict(type='int', default=10),
            executable=dict(type='path'),
        ),
        mutually_exclusive=[('content', 'src'), ('confirm', 'root')],
        required_if=[('state', 'applied', ('content', 'src'), True)],
        supports_check_mode=True,
    )
    check_words(module)
    kvmnet = Kvmnet(module)
    where = words_of(module.params, ('root',))
    acts = {'applied': apply_file, 'checked': check_host, 'confirmed': say_word,
            'cancelled': say_word}
    module.exit_json(**acts[module.params['state']](module, kvmnet, where))


if __name__ == '__main__':
    main()
