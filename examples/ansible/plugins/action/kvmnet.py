# -*- coding: utf-8 -*-
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs on the controller: takes the file that src names to the managed host.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible.errors import AnsibleError
from ansible.module_utils._text import to_text
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    TRANSFERS_FILES = True

    def _send(self, src):
        """The file's path on the managed host; vaulted files are sent decrypted."""
        source = self._find_needle('files', src)
        if os.path.isdir(source):
            raise AnsibleError('src %s is a folder; a folder can be given on the managed host, '
                               'with remote_src: true' % src)
        tmpdir = self._connection._shell.tmpdir
        dest = self._connection._shell.join_path(tmpdir, os.path.basename(source))
        self._transfer_file(self._loader.get_real_file(source), dest)
        self._fixup_perms2((tmpdir, dest))
        return dest

    def run(self, tmp=None, task_vars=None):
        result = super(ActionModule, self).run(tmp, task_vars)
        del tmp
        args = self._task.args.copy()
        # Both at once is the module's to refuse.
        local = args.get('src') and args.get('content') is None
        try:
            if local and not boolean(args.get('remote_src') or False, strict=False):
                if not self._connection._shell.tmpdir:
                    self._make_tmp_path()
                args['src'] = self._send(args['src'])
            result.update(self._execute_module(module_args=args, task_vars=task_vars))
        except AnsibleError as exc:
            # A result, not an exception: the task's own failed_when and rescue are to see it.
            result.update(failed=True, changed=False, msg=to_text(exc))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result
