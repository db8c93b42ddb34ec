#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small court on one machine: network, mount and PID namespaces with a real sshd, rsyslog,
journald and auditd, a router, an outside and an administrator. Nothing of the host is changed:
/etc, /dev, /run, /home, /srv, /var/log and /var/lib/tocsin are private copies, and all ends with
the namespaces. One thing is the kernel's own and not in any namespace: its audit. auditd is
started outside the PID namespace, with rules for the case folder, and taken back at the end.

  stage.enter(folder, argv)   runs argv again as the first process inside
  Stage(folder)               inside: services, hosts, log-ons
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

COURT = '192.0.2.10'
ADMIN = '192.0.2.5'
ROUTER = '192.0.2.1'
ATTACKER = '203.0.113.66'
BYSTANDER = '198.51.100.20'
SPRAYERS = [f'198.51.100.{100 + n}' for n in range(8)]
PASSWORDS = {'clerk': 'aldermere-1998', 'magistrate': 'long and not guessed 41'}
CASES = {
    'AC-2026-014/witness-list.txt': 'Witness A, relocated 2025\nWitness B, under protection\n',
    'AC-2026-014/deliberation.txt': 'Draft of 12 November. For the bench only.\n',
    'AC-2026-017/indictment.txt': 'Sealed until the arrest.\n',
}
AUDIT_RULES = [
    '-a always,exit -F arch=b64 -S open,openat,openat2 -F dir=/srv/cases -F perm=r '
    '-F auid>=1000 -F auid!=4294967295 -k tocsin-case',
    '-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=4294967295 -k tocsin-exec',
]
NEEDED = {
    'sshd': 'openssh-server', 'rsyslogd': 'rsyslog', 'auditd': 'auditd', 'nft': 'nftables',
    'sshpass': 'sshpass', 'curl': 'curl', 'ip': 'iproute2', 'setpriv': 'util-linux',
    '/lib/systemd/systemd-journald': 'systemd',
}


def run(*argv, check=True, **more):
    """Runs a program; its output is shown only when it fails."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if check and done.returncode != 0:
        raise RuntimeError(f'{" ".join(argv)}: status {done.returncode}: {done.stdout.strip()}')
    return done.stdout


def missing():
    """Debian packages without which there is no stage."""
    path = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
    return sorted({package for program, package in NEEDED.items()
                   if shutil.which(program, path=path) is None})


def _audit_state():
    """What auditctl -s says; empty where the kernel does not let us."""
    words = run('auditctl', '-s', check=False).split()
    return dict(zip(words[::2], words[1::2])) if words[:1] == ['enabled'] else {}


def enter(folder, argv, audit=True):
    """Outer half, in the host's PID namespace: mounts, auditd, then argv in a PID namespace."""
    folder = pathlib.Path(folder)
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    if os.environ.get('TOCSIN_STAGE') != 'outer':
        os.environ['TOCSIN_STAGE'] = 'outer'
        os.execvp('unshare', ['unshare', '--mount', '--net', '--uts', '--ipc',
                              '--propagation', 'private', '--', sys.executable, *sys.argv])
    if audit and not _audit_state():
        print('the kernel\'s audit cannot be used from here (inside a container?)')
        return 77
    _mounts(folder, audit)
    run('hostname', 'registry')
    audit = _Audit(folder) if audit else contextlib.nullcontext()
    with audit:
        return _inner(argv)


def _inner(argv):
    os.environ['TOCSIN_STAGE'] = 'inner'
    child = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        child = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork',
                                  '--kill-child', '--mount-proc', '--', sys.executable, *argv])
        return child.wait()
    finally:
        if child is not None and child.poll() is None:
            child.kill()
            child.wait()


def _mounts(folder, audit):
    """Private copies of all that services write to."""
    for name in ('etc', 'log', 'home', 'srv', 'state', 'audit'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    run('cp', '-a', '/etc/.', str(folder / 'etc'))
    if audit and _audit_state().get('pid', '0') != '0':  # the host's auditd goes on: its log is read
        (folder / 'log/audit').mkdir(parents=True, exist_ok=True)
        run('mount', '--bind', '/var/log/audit', str(folder / 'log/audit'))
    for name, at in (('etc', '/etc'), ('log', '/var/log'), ('home', '/home'), ('srv', '/srv')):
        run('mount', '--rbind', str(folder / name), at)
    pathlib.Path('/srv/cases').mkdir(exist_ok=True)  # what audit watches has to be there first
    state = pathlib.Path('/var/lib')
    if not (state / 'tocsin').is_dir():  # an own /var/lib with what is in it, and ours
        run('mount', '-t', 'tmpfs', 'tocsin-stage', '/var/lib')
        (state / 'tocsin').mkdir()
    run('mount', '--bind', str(folder / 'state'), '/var/lib/tocsin')
    run('mount', '-t', 'tmpfs', 'tocsin-stage', '/run')
    new = folder / 'dev'
    new.mkdir(exist_ok=True)
    run('mount', '-t', 'tmpfs', 'tocsin-stage', str(new))
    for name in ('null', 'zero', 'full', 'random', 'urandom', 'tty'):
        (new / name).touch()
        run('mount', '--bind', f'/dev/{name}', str(new / name))
    for name in ('pts', 'shm'):
        (new / name).mkdir()
    run('mount', '-t', 'devpts', '-o', 'newinstance,ptmxmode=0666,mode=620', 'devpts', str(new / 'pts'))
    run('mount', '-t', 'tmpfs', 'tocsin-stage', str(new / 'shm'))
    for link, target in (('ptmx', 'pts/ptmx'), ('fd', '/proc/self/fd'), ('stdin', '/proc/self/fd/0'),
                         ('stdout', '/proc/self/fd/1'), ('stderr', '/proc/self/fd/2'),
                         ('log', '/run/systemd/journal/dev-log')):
        (new / link).symlink_to(target)
    run('mount', '--move', str(new), '/dev')


class _Audit:
    """The kernel's audit: an own auditd, unless the host has one, whose log is then followed."""

    def __init__(self, folder):
        self.folder = folder
        self.daemon = None
        self.was = {}

    def __enter__(self):
        self.was = _audit_state()
        self._drop_rules()  # of a stage that was killed
        if self.was.get('pid', '0') == '0':
            self._daemon()
        for rule in AUDIT_RULES:
            said = run('auditctl', *rule.split(), check=False)
            if 'rror' in said:
                raise RuntimeError(f'the audit of this kernel takes no rules: {said.strip()}')

    def _daemon(self):
        log = pathlib.Path('/var/log/audit')
        log.mkdir(exist_ok=True)
        pathlib.Path('/etc/audit/plugins.d').mkdir(parents=True, exist_ok=True)
        for plugin in pathlib.Path('/etc/audit/plugins.d').iterdir():
            plugin.unlink()
        pathlib.Path('/etc/audit/auditd.conf').write_text(
            'local_events = yes\nwrite_logs = yes\nlog_file = /var/log/audit/audit.log\n'
            'log_group = root\nlog_format = ENRICHED\nflush = INCREMENTAL_ASYNC\nfreq = 1\n'
            'max_log_file = 8\nnum_logs = 2\nname_format = HOSTNAME\nmax_log_file_action = ROTATE\n'
            'space_left = 75\nspace_left_action = IGNORE\nadmin_space_left = 50\n'
            'admin_space_left_action = IGNORE\ndisk_full_action = IGNORE\n'
            'disk_error_action = IGNORE\n', encoding='ascii')
        self.daemon = subprocess.Popen(['setpriv', '--pdeathsig', 'TERM', 'auditd', '-n', '-s', 'enable'],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: _audit_state().get('pid', '0') != '0', 'auditd to start', 5, fatal=False)

    @staticmethod
    def _drop_rules():
        for key in ('tocsin-case', 'tocsin-exec'):
            run('auditctl', '-D', '-k', key, check=False)

    def __exit__(self, *_):
        self._drop_rules()
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait()
            run('auditctl', '-e', self.was.get('enabled', '0'), check=False)


def wait_for(condition, what, seconds=10, fatal=True):
    """Waits until condition() is true; its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    if fatal:
        raise RuntimeError(f'waited {seconds} s for {what}')
    return None


def inside(host, *argv):
    """argv as run on that host of the stage."""
    return [*(['nsenter', f'--net=/run/netns/{host}', '--'] if host != 'court' else []), *argv]


class Stage:
    """Inside the PID namespace. Everything started here dies with it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = {}
        self.keys = self.folder / 'keys'

    def start(self, name, *argv, host='court', **more):
        log = open(self.folder / f'{name}.out', 'ab')
        self.processes[name] = subprocess.Popen(inside(host, *argv), stdin=subprocess.DEVNULL,
                                                stdout=log, stderr=log, **more)
        return self.processes[name]

    def build(self, services=True):
        self._network()
        self._people()
        if services:
            self._services()

    def _network(self):
        """court and admin on a LAN behind router; everybody else outside."""
        pathlib.Path('/run/netns').mkdir()
        ip = lambda *words: run('ip', *words)
        for name in ('router', 'outside', 'admin'):
            ip('netns', 'add', name)
            ip('-n', name, 'link', 'set', 'lo', 'up')
        ip('link', 'set', 'lo', 'up')
        ip('-n', 'router', 'link', 'add', 'lan', 'type', 'bridge')
        for host, address, at in (('court', COURT, None), ('admin', ADMIN, 'admin')):
            ns = ['-n', at] if at else []
            ip('link', 'add', 'eth0', *(['netns', at] if at else []), 'type', 'veth',
               'peer', 'name', f'to-{host}', 'netns', 'router')
            ip('-n', 'router', 'link', 'set', f'to-{host}', 'master', 'lan', 'up')
            ip(*ns, 'addr', 'add', f'{address}/24', 'dev', 'eth0')
            ip(*ns, 'link', 'set', 'eth0', 'up')
            ip(*ns, 'route', 'add', 'default', 'via', ROUTER)
        ip('-n', 'router', 'link', 'set', 'lan', 'up')
        ip('-n', 'router', 'addr', 'add', f'{ROUTER}/24', 'dev', 'lan')
        ip('link', 'add', 'wan', 'netns', 'router', 'type', 'veth', 'peer', 'name', 'eth0',
           'netns', 'outside')
        for address in ('203.0.113.1/24', '198.51.100.1/24'):
            ip('-n', 'router', 'addr', 'add', address, 'dev', 'wan')
        for address in (ATTACKER, BYSTANDER, *SPRAYERS):
            ip('-n', 'outside', 'addr', 'add', f'{address}/24', 'dev', 'eth0')
        ip('-n', 'router', 'link', 'set', 'wan', 'up')
        ip('-n', 'outside', 'link', 'set', 'eth0', 'up')
        ip('-n', 'outside', 'route', 'add', 'default', 'via', '203.0.113.1')
        run(*inside('router', 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward'))
        wait_for(lambda: not subprocess.call(inside('outside', 'ping', '-c1', '-W1', COURT),
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 if shutil.which('ping') else True, 'the network', 5, fatal=False)

    def _people(self):
        """Accounts in the private /etc, keys for those who do not use passwords."""
        self.keys.mkdir(exist_ok=True)
        for user, uid in (('clerk', 3001), ('magistrate', 3002)):
            run('useradd', '-u', str(uid), '-m', '-s', '/bin/bash', user)
            run('chpasswd', input=f'{user}:{PASSWORDS[user]}\n')
        for user, home in (('magistrate', pathlib.Path('/home/magistrate')), ('root', pathlib.Path('/etc/ssh/root'))):
            key = self.keys / user
            if not key.exists():
                run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(key))
            keys = pathlib.Path('/etc/ssh/authorized')
            keys.mkdir(exist_ok=True)
            shutil.copy(f'{key}.pub', keys / user)
            (keys / user).chmod(0o644)
        for name, text in CASES.items():
            path = pathlib.Path('/srv/cases') / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='ascii')

    def _services(self):
        for folder in ('/run/systemd/journal', '/run/sshd', '/var/log/journal'):
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        # as Debian has it: its readers are a group
        shutil.chown('/var/log/journal', 'root', 'systemd-journal')
        pathlib.Path('/var/log/journal').chmod(0o2755)
        pathlib.Path('/run/systemd/journal/flushed').touch()
        pathlib.Path('/etc/machine-id').write_text('7' * 32 + '\n', encoding='ascii')
        shutil.rmtree('/etc/systemd/journald.conf.d', ignore_errors=True)
        pathlib.Path('/etc/systemd').mkdir(exist_ok=True)
        pathlib.Path('/etc/systemd/journald.conf').write_text(
            '[Journal]\nStorage=persistent\nReadKMsg=no\nAudit=no\nForwardToSyslog=yes\n'
            'RateLimitIntervalSec=0\nSystemMaxUse=64M\n', encoding='ascii')
        self.start('journald', '/lib/systemd/systemd-journald')
        wait_for(pathlib.Path('/run/systemd/journal/dev-log').exists, 'journald')
        pathlib.Path('/etc/rsyslog.conf').write_text(
            'module(load="imuxsock" SysSock.Use="off")\n'
            'input(type="imuxsock" Socket="/run/systemd/journal/syslog")\n'
            'auth,authpriv.* action(type="omfile" file="/var/log/auth.log" template="RSYSLOG_FileFormat")\n',
            encoding='ascii')
        pathlib.Path('/var/log/auth.log').touch()
        run('logger', 'the stage is set')
        wait_for(lambda: list(pathlib.Path('/var/log/journal').glob('*/*.journal')), 'the journal')
        self.start('rsyslogd', 'rsyslogd', '-n', '-f', '/etc/rsyslog.conf', '-i', '/run/rsyslogd.pid')
        wait_for(pathlib.Path('/run/systemd/journal/syslog').exists, 'rsyslog')
        self._sshd()

    def _sshd(self):
        run('ssh-keygen', '-A')
        auth = pathlib.Path('/etc/pam.d/common-auth')
        # Debian waits two seconds after a wrong password; a story cannot
        auth.write_text(auth.read_text(encoding='utf-8').replace('pam_unix.so nullok', 'pam_unix.so nodelay'),
                        encoding='utf-8')
        pathlib.Path('/etc/ssh/sshd_config').write_text(
            f'ListenAddress {COURT}\nPermitRootLogin prohibit-password\nUsePAM yes\nMaxStartups 100\n'
            'AuthorizedKeysFile /etc/ssh/authorized/%u\nUseDNS no\nPrintMotd no\n'
            'Subsystem sftp internal-sftp\n', encoding='ascii')
        self.start('sshd', '/usr/sbin/sshd', '-D')
        wait_for(lambda: f'{COURT}:22' in run('ss', '-ltn'), 'sshd')

    def ssh(self, user, source, *command, password=None, key=None, host='outside', seconds=15):
        """A log-on; (exit status, output)."""
        argv = ['ssh', '-F', '/dev/null', '-b', source, '-o', 'StrictHostKeyChecking=no',
                '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR',
                '-o', 'NumberOfPasswordPrompts=1', '-o', 'ConnectTimeout=3',
                '-o', f'PreferredAuthentications={"password" if password else "publickey"}']
        argv += ['-i', str(key), '-o', 'IdentitiesOnly=yes'] if key else []
        argv += [f'{user}@{COURT}', *command]
        if password:
            argv = ['sshpass', '-p', password, *argv]
        try:
            done = subprocess.run(inside(host, *argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return 255, 'no answer'
        return done.returncode, done.stdout

    def session(self, user, source, password=None, key=None, host='outside'):
        """A live session that says a number every 50 ms: what is cut can be seen."""
        return Session(self, user, source, password, key, host)

    def end(self):
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)


class Session:
    def __init__(self, stage, user, source, password, key, host):
        argv = ['ssh', '-F', '/dev/null', '-b', source, '-o', 'StrictHostKeyChecking=no',
                '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=3']
        argv += ['-i', str(key), '-o', 'IdentitiesOnly=yes'] if key else []
        argv += [f'{user}@{COURT}', 'n=0; while sleep 0.05; do echo $n; n=$((n+1)); done']
        if password:
            argv = ['sshpass', '-p', password, *argv]
        self.out = stage.folder / f'session-{user}-{source}.out'
        self.file = open(self.out, 'wb')
        self.process = subprocess.Popen(inside(host, *argv), stdin=subprocess.DEVNULL,
                                        stdout=self.file, stderr=self.file)

    def heard(self):
        """How many numbers have come."""
        return self.out.read_bytes().count(b'\n')

    def alive(self, seconds=0.5):
        """Does more come within that time?"""
        before = self.heard()
        return wait_for(lambda: self.heard() > before, 'the session', seconds, fatal=False) is not None

    def close(self):
        self.process.terminate()
        self.process.wait()
