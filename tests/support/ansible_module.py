"""Holds the Ansible module against its documentation; a line per fault. For tests/meta/ansible.sh.
Arguments: the output of `ansible-doc -j`, the collection's folder."""
import ast
import json
import sys

import yaml

MODULE = 'kvmnet.kvmnet.kvmnet'


def literal(call, name):
    """The argument @name of a call, as a value."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return ast.literal_eval(keyword.value)
    return None


def find_spec(tree):
    """The module's parameters as its code has them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == 'argument_spec':
            return {k.arg: k.value for k in node.value.keywords}
    return {}


def check_options(doc, spec):
    for name in sorted(set(doc) ^ set(spec)):
        yield '%s is %s' % (name, 'documented only' if name in doc else 'not documented')
    for name in sorted(set(doc) & set(spec)):
        for key in ('type', 'default', 'choices', 'elements'):
            got, want = doc[name].get(key), literal(spec[name], key)
            if got != want:
                yield '%s: %s is %r in the documentation, %r in the code' % (name, key, got, want)
        if not all(text.endswith('.') for text in doc[name]['description']):
            yield '%s: a sentence without its end' % name


def check_tasks(tasks, options, where):
    seen = 0
    for task in tasks:
        seen += MODULE in task
        for name in sorted(set(task.get(MODULE) or {}) - set(options)):
            yield '%s: "%s" uses %s, which there is not' % (where, task.get('name'), name)
        if 'name' not in task:
            yield '%s: a task without a name' % where
    if not seen:
        yield '%s: the module is not used' % where


def check(doc_path, folder):
    with open(doc_path) as stream:
        page = json.load(stream)[MODULE]
    with open(folder + '/plugins/modules/kvmnet.py') as stream:
        text = stream.read()
    # Python 3.6 is what RHEL 8 runs modules with.
    tree = ast.parse(text, feature_version=(3, 6))
    options = page['doc']['options']
    yield from check_options(options, find_spec(tree))
    yield from check_tasks(yaml.safe_load(page['examples']), options, 'EXAMPLES')
    with open(folder + '/playbooks/fleet.yml') as stream:
        yield from check_tasks(yaml.safe_load(stream)[0]['tasks'], options, 'fleet.yml')
    for name, value in page['return'].items():
        for key in ('description', 'returned', 'type'):
            if not value.get(key):
                yield 'RETURN: %s has no %s' % (name, key)
    with open(folder + '/galaxy.yml') as stream:
        if yaml.safe_load(stream)['version'] != page['doc']['version_added']:
            yield 'galaxy.yml and version_added differ'


if __name__ == '__main__':
    for fault in check(*sys.argv[1:]):
        print(fault)
