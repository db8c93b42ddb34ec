#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long after a log line are the attacker's packets still accepted? tocsin and fail2ban in one
run, on the same network of namespaces, the same log lines, the same packets (10,000 a second).

usage: bench_contain.py --build BUILD-FOLDER [--trials 1000] [--peer-trials 12] [--json FILE]

Who made the data: tests/bench/ttc.c writes the lines of a log-on that succeeds after five
failures, in the form of rsyslog and OpenSSH. Each trial is a new address with a real TCP handshake.
fail2ban: Debian's package and its sshd filter, maxretry 6 (its last line is a sixth failure, since it does not
look at log-ons that succeed), action nftables for all ports, backend pyinotify.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / 'tools/story'))
import stage  # noqa: E402
from stage import run, wait_for  # noqa: E402

LOG = '/var/log/bench-auth.log'


def quantiles(values):
    ordered = sorted(values)
    at = lambda q: ordered[min(len(ordered) - 1, int(q * len(ordered)))]
    return {'n': len(ordered), 'p50_us': at(.50), 'p90_us': at(.90), 'p99_us': at(.99), 'max_us': ordered[-1]}


def measure(options, trials, first, wait_ms, last, gap=0):
    """Microseconds of each trial; trials that were never cut are an error."""
    out = []
    rounds = [(trials, first)] if not gap else [(1, first + i) for i in range(trials)]
    for count, host in rounds:
        done = subprocess.run([str(options.build / 'tests/bench/ttc'), '/run/netns/outside', LOG, stage.COURT,
                               str(count), str(host), str(wait_ms), last], stdout=subprocess.PIPE, text=True, check=True)
        out += [int(line) for line in done.stdout.split()]
        time.sleep(gap)
    return [None if ns < 0 else ns / 1000 for ns in out]


def start_tocsind(scene, options):
    folder = pathlib.Path('/etc/tocsin')
    folder.mkdir(exist_ok=True)
    (folder / 'tocsin.conf').write_text(textwrap.dedent(f'''\
        [daemon]
        [ingest]
        file = sshd-auth {LOG}
        journal = no
        [ledger]
        origin = bench.example/tocsin
        [detect]
        rules = {ROOT}/rules
        [incident]
        playbooks = {ROOT}/playbooks
        [contain]
        mode = enforce
        never = {stage.ADMIN}/32
        budget_addresses = {options.trials + 100}
        [contain-net]
        budget_addresses = {options.trials + 100}
        '''), encoding='ascii')
    process = scene.start('tocsind', str(options.build / 'tocsind'), '--foreground')
    wait_for(lambda: subprocess.call([str(options.build / 'tocsin'), 'status', '--json'], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL) == 0, 'tocsind', 30)
    return process


def start_fail2ban(scene):
    conf = pathlib.Path('/etc/fail2ban')
    shutil.rmtree(conf / 'jail.d', ignore_errors=True)
    (conf / 'jail.local').write_text(textwrap.dedent(f'''\
        [DEFAULT]
        backend = pyinotify
        banaction = nftables[type=allports]
        protocol = tcp,udp
        usedns = no
        maxretry = 6
        findtime = 600
        bantime = 600
        [sshd]
        enabled = true
        logpath = {LOG}
        '''), encoding='ascii')
    pathlib.Path('/run/fail2ban').mkdir(exist_ok=True)
    pathlib.Path('/var/lib/fail2ban').mkdir(exist_ok=True)
    process = scene.start('fail2ban', 'fail2ban-server', '-f', '-x', 'start')
    wait_for(lambda: 'pong' in run('fail2ban-client', 'ping', check=False), 'fail2ban', 30)
    time.sleep(2)
    return process


def bench(options):
    scene = stage.Stage(options.folder)
    scene.build()
    pathlib.Path(LOG).touch()
    run('ip', '-n', 'router', 'route', 'add', '10.66.0.0/16', 'via', stage.ATTACKER)
    run('ip', '-n', 'outside', 'route', 'add', 'local', '10.66.0.0/16', 'dev', 'lo')
    rows = {}
    peer = start_fail2ban(scene)
    measure(options, 1, 59000, 60000, 'Failed password')  # its first ban takes up to 20 s
    rows['fail2ban'] = measure(options, options.peer_trials, 60000, 30000, 'Failed password', gap=0.7)
    peer.terminate()
    peer.wait(timeout=20)
    run('nft', 'flush', 'ruleset')
    own = start_tocsind(scene, options)
    measure(options, 1, 59001, 1000, 'Accepted password')
    rows['tocsin'] = measure(options, options.trials, 1, 1000, 'Accepted password')
    own.terminate()
    own.wait(timeout=20)
    scene.end()
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=lambda p: pathlib.Path(p).resolve(), default=ROOT / 'build')
    parser.add_argument('--folder', type=pathlib.Path, default=ROOT / 'build/bench-contain')
    parser.add_argument('--trials', type=int, default=1000)
    parser.add_argument('--peer-trials', type=int, default=12)
    parser.add_argument('--json', type=pathlib.Path)
    options = parser.parse_args()
    if os.environ.get('TOCSIN_STAGE') is None:
        shutil.rmtree(options.folder, ignore_errors=True)
        options.folder.mkdir(parents=True)
    if os.environ.get('TOCSIN_STAGE') != 'inner':
        return stage.enter(options.folder, [os.path.abspath(__file__), *sys.argv[1:]], audit=False)
    rows = bench(options)
    result = {'machine': platform.processor() or platform.machine(), 'kernel': platform.release(),
              'cores': os.cpu_count()}
    print(f'{"":10}{"trials":>8}{"not cut":>9}{"p50":>12}{"p90":>12}{"p99":>12}{"max":>12}   µs from write() to the last packet')
    for name, values in rows.items():
        cut = [v for v in values if v is not None]
        result[name] = {**(quantiles(cut) if cut else {}), 'not_cut': len(values) - len(cut)}
        q = result[name]
        print(f'{name:10}{len(values):>8}{len(values) - len(cut):>9}' +
              (''.join(f'{q[k]:>12.0f}' for k in ('p50_us', 'p90_us', 'p99_us', 'max_us')) if cut else ''))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + '\n', encoding='ascii')
    return 0


if __name__ == '__main__':
    sys.exit(main())
