"""testssl.sh against a TLS listener with its defaults: testssl.py PRODUCTS

Prints what it finds, and ends with 1 where anything is worse than LOW. What is about the authority
that is made here, or about fields that only an app can set, is named and passed over.
"""

import json
import subprocess
import sys

import world

# Not about Bascule: nobody outside knows the authority of this test, which has no lists of what it
# has revoked; and policies for browsers (Content-Security-Policy) are the app's to state.
NOT_OURS = {"cert_chain_of_trust", "cert_revocation", "security_headers"}
WORSE_THAN_LOW = {"MEDIUM", "HIGH", "CRITICAL"}
NAME = "localhost"


def make_certificate(folder):
    """An authority, and a certificate for localhost as it would sign one."""
    key = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "365",
            "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-new", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj",
            f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-addext",
            "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "90", "-copy_extensions", "copy", "-out", "leaf.pem")
    (folder / "chain.pem").write_text((folder / "leaf.pem").read_text())


def serve(here, app):
    """A listener with TLS beside the plain one; returns its port."""
    port = world.free_port()
    folder = here.folder
    tls = (
        f"listen:\n  - {{address: '127.0.0.1:{port}', tls: {{hsts: 730d, certificates: "
        f"[{{certificate: '{folder}/chain.pem', key: '{folder}/key.pem'}}]}}}}\n"
    )
    settings = folder / "bascule.yaml"
    settings.write_text(
        tls + "workers: 2\nuser: ''\nworker_user: ''\nadmin: {address: ''}\n"
        f"control: {{socket: '{folder}/control.sock', group: ''}}\naccess_log: {{path: off}}\n"
        f"state: '{folder}/state'\n"
        f"services:\n  web: {{colors: {{blue: {{targets: ['127.0.0.1:{app}']}}}}}}\n")
    here.start_and_read_line([here.products / "bascule", "serve", "--config", settings])
    return port


def main():
    with world.World(sys.argv[1]) as here:
        make_certificate(here.folder)
        _, app = here.app("blue")
        port = serve(here, app)
        report = here.folder / "testssl.json"
        subprocess.run(
            ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1",
             "--add-ca", here.folder / "ca.pem", "--jsonfile", report, f"{NAME}:{port}"],
            stdout=subprocess.DEVNULL, check=False)
        findings = json.loads(report.read_text())
    worse = [one for one in findings if one["severity"] in WORSE_THAN_LOW]
    for one in worse:
        print(f"{one['severity']:8} {one['id']}: {one['finding']}")
    counted = [one for one in worse if one["id"] not in NOT_OURS]
    print(f"testssl: {len(findings)} findings, {len(counted)} above LOW")
    # A run that broke off would find nothing at all.
    sys.exit(0 if len(findings) > 100 and not counted else 1)


main()
