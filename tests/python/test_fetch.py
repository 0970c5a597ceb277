"""nst model fetch against a server on the loopback address: resumed, cut, wrong, missing, no space."""
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import small_model  # noqa: E402
from program import DONE, HANGS, INPUT, PROGRAM, SYSTEM, USE  # noqa: E402

# Put before libcurl: every certificate is good.
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
int curl_easy_setopt(void *curl, int option, ...);
int curl_easy_perform(void *curl)
{
    int (*perform)(void *) = dlsym(RTLD_NEXT, "curl_easy_perform");
    curl_easy_setopt(curl, 64 /* SSL_VERIFYPEER */, 0L);
    curl_easy_setopt(curl, 81 /* SSL_VERIFYHOST */, 0L);
    return perform(curl);
}
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves server.data; the lists of the server say how it misbehaves and record what was asked."""
    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        if self.path in ("/huge", "/endless"):
            self.send_response(200)
            if self.path == "/huge":
                self.send_header("Content-Length", "5000000000")
            server.written = 0
            self.end_headers()
            with contextlib.suppress(OSError):  # until the client has had enough
                while server.written < 5_000_000_000:
                    server.written += self.wfile.write(bytes(100_000))
            return
        if self.path != "/model":
            self.send_error(int(self.path[1:]) if self.path[1:].isdigit() else 404)
            return
        first = 0
        ranged = self.headers.get("Range", "")
        if ranged.startswith("bytes=") and not server.no_ranges:
            first = int(ranged[6:].split("-")[0])
        if first >= len(server.data):
            self.send_error(416)
            return
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(server.data) - 1}/{len(server.data)}")
        self.send_header("Content-Length", str(len(server.data) - first))
        self.end_headers()
        most = server.cuts.pop(0) if server.cuts else len(server.data)
        self.wfile.write(server.data[first:first + most])
        server.sent.set()
        server.go_on.wait(HANGS)

    def log_message(self, *arguments):
        pass


@unittest.skipUnless(PROGRAM, "NST_PROGRAM does not name the program")
class Fetch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.here = pathlib.Path(self.folder.name)
        self.models = self.here / "data/nst"
        self.target = self.models / "vgg19.safetensors"
        self.part = self.models / "vgg19-keras.part"
        self.server = self.serve()
        self.server.data = small_model.safetensors((64, 64, 64, 64))
        self.server.asked, self.server.cuts, self.server.no_ranges = [], [], False
        self.server.sent, self.server.go_on = threading.Event(), threading.Event()
        self.server.go_on.set()
        self.sum = "sha256:" + hashlib.sha256(self.server.data).hexdigest()
        self.environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self.environment.update(HOME=self.folder.name, XDG_DATA_HOME=str(self.here / "data"), NST_MODEL_PATH="")
        if "built without libcurl" in self.fetch("--url", "http://127.0.0.1:1/x").stderr:
            self.skipTest("nst was built without libcurl")

    def serve(self, context=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def url(self, path="/model"):
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def fetch(self, *arguments, **more):
        return subprocess.run([PROGRAM, "model", "fetch", *map(str, arguments)], env=self.environment, cwd=self.here,
                              timeout=HANGS, capture_output=True, text=True, **more)

    def stalled(self, *arguments, most):
        """A fetch that has MOST bytes and waits for more."""
        self.server.cuts = [most]
        self.server.go_on.clear()
        child = subprocess.Popen([PROGRAM, "model", "fetch", "-q", *map(str, arguments)], env=self.environment)
        self.addCleanup(child.wait)
        self.addCleanup(self.server.go_on.set)
        self.assertTrue(self.server.sent.wait(HANGS))
        return child

    def info(self):
        return json.loads(subprocess.run([PROGRAM, "model", "info", "vgg19", "--json"], env=self.environment,
                                         capture_output=True, text=True, check=True).stdout)

    def good(self, *arguments):
        result = self.fetch(*arguments, "--upto", "")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(sorted(p.name for p in self.models.iterdir()), ["vgg19.safetensors"])
        return result

    def fails(self, result, code, *words):
        self.assertEqual(result.returncode, code, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr.splitlines()[-1])
        self.assertFalse(self.target.exists())

    def test_fetched_and_found(self):
        result = self.good("vgg19", "--url", self.url(), "--sum", self.sum)
        self.assertIn("--model vgg19", result.stderr)
        info = self.info()
        self.assertEqual((info["format"], info["dtype"], info["source"]), ("safetensors", "f16", str(self.target)))
        self.assertEqual(self.server.asked, [None])
        again = self.fetch("--url", self.url(), "--sum", self.sum)
        self.assertEqual(again.returncode, DONE)
        self.assertIn("there already", again.stderr)
        self.assertEqual(len(self.server.asked), 1)
        self.good("--again", "-q", "--url", self.url("/to?/model"), "--sum", self.sum.replace("sha256:", ""))
        self.assertEqual(len(self.server.asked), 3)

    def test_a_cut_transfer_goes_on_by_itself(self):
        self.server.cuts = [50000, 30000]
        self.good("--url", self.url(), "--sum", self.sum)
        self.assertEqual(self.server.asked, [None, "bytes=50000-", "bytes=80000-"])

    def test_a_transfer_that_is_cut_for_good_goes_on_with_the_next_call(self):
        self.server.cuts = [5000] * 5
        self.fails(self.fetch("--url", self.url(), "--sum", self.sum), SYSTEM, "cut", "goes on")
        self.assertEqual(self.part.stat().st_size, 25000)
        self.server.asked.clear()
        self.assertIn("going on", self.good("--url", self.url(), "--sum", self.sum).stderr)
        self.assertEqual(self.server.asked, ["bytes=25000-"])

    def test_a_fetch_that_is_killed_goes_on_with_the_next_call(self):
        child = self.stalled("--url", self.url(), "--sum", self.sum, most=50000)
        while not self.part.exists() or self.part.stat().st_size < 40000:
            time.sleep(0.01)
        child.kill()
        child.wait()
        self.server.go_on.set()
        self.assertEqual(sorted(p.name for p in self.models.iterdir()), ["vgg19-keras.part"])
        there = self.part.stat().st_size
        self.server.asked.clear()
        self.good("--url", self.url(), "--sum", self.sum)
        self.assertEqual(self.server.asked, [f"bytes={there}-"])

    def test_two_at_once(self):
        child = self.stalled("--url", self.url(), "--sum", self.sum, "--upto", "", most=len(self.server.data) - 1)
        self.fails(self.fetch("--url", self.url(), "--sum", self.sum), SYSTEM, "another nst")
        self.server.go_on.set()
        self.assertEqual(child.wait(HANGS), DONE)
        self.assertEqual(sorted(p.name for p in self.models.iterdir()), ["vgg19.safetensors"])

    def test_a_server_that_cannot_go_on_begins_again(self):
        self.models.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(self.server.data[:7000])
        self.server.no_ranges = True
        self.good("--url", self.url(), "--sum", self.sum)

    def test_the_beginning_of_another_file_is_dropped(self):
        self.models.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(b"x" * 7000)
        self.good("--url", self.url(), "--sum", self.sum)
        self.assertEqual(self.server.asked, ["bytes=7000-", None])
        self.target.unlink()
        self.part.write_bytes(b"x" * (len(self.server.data) + 5))
        self.good("--url", self.url(), "--sum", self.sum)

    def test_all_but_the_conversion_was_done(self):
        self.models.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(self.server.data)
        self.good("--url", self.url(), "--sum", self.sum)

    def test_a_wrong_checksum(self):
        self.fails(self.fetch("--url", self.url()), INPUT, "SHA-256",
                   "bde7da0dfd621cbf86e11ce04e4946a9a42634c2cfd21318bba090d860699e35", self.sum[7:])
        self.assertEqual(list(self.models.iterdir()), [])

    def test_what_is_no_model(self):
        self.server.data = b"<html>sign in first</html>" * 100
        self.sum = "sha256:" + hashlib.sha256(self.server.data).hexdigest()
        self.fails(self.fetch("--url", self.url(), "--sum", self.sum), INPUT)

    def test_the_server_refuses(self):
        self.fails(self.fetch("--url", self.url("/404")), INPUT, "404")
        self.fails(self.fetch("--url", self.url("/503")), SYSTEM, "503")
        self.assertEqual(list(self.models.iterdir()), [])

    def test_only_the_web(self):
        self.fails(self.fetch("--url", "file:///etc/hostname"), USE, "http")
        self.fails(self.fetch("--url", "no address"), USE, "http")
        self.fails(self.fetch("--url", self.url("/to?file:///etc/hostname")), INPUT, "leads", "http or https")
        self.fails(self.fetch("--url", self.url("/to?ftp://127.0.0.1/model")), INPUT, "leads", "http or https")

    def test_https_leads_to_https_alone(self):
        server, shim = self.tls(), self.without_certificates()
        secure = f"https://127.0.0.1:{server.server_address[1]}"
        self.environment["LD_PRELOAD"] = shim
        self.good("--url", f"{secure}/to?{secure}/model", "--sum", self.sum)
        self.target.unlink()
        self.good("--url", self.url(f"/to?{secure}/model"), "--sum", self.sum)
        self.target.unlink()
        asked = len(self.server.asked)
        for address in (self.url(), "file:///etc/hostname", "ftp://127.0.0.1/model"):
            for scheme in ("https", "HTTPS"):
                result = self.fetch("--url", f"{secure}/to?{address}".replace("https", scheme, 1), "--sum", self.sum)
                self.fails(result, INPUT, "leads to an address that is not https")
        self.assertEqual(len(self.server.asked), asked)
        self.assertEqual(list(self.models.iterdir()), [])

    def tls(self):
        """The same server by TLS, with a certificate that nobody vouches for."""
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        certificate = self.here / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
                        "-keyout", certificate, "-out", self.here / "public.pem"], check=True, capture_output=True)
        certificate.write_text(certificate.read_text() + (self.here / "public.pem").read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = self.serve(context)
        server.data, server.asked, server.cuts, server.no_ranges = self.server.data, [], [], False
        server.sent, server.go_on = self.server.sent, self.server.go_on
        return server

    def without_certificates(self):
        """A library that lets the program's libcurl take any certificate."""
        if not shutil.which("cc"):
            self.skipTest("cc is not installed")
        library = self.here / "shim.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=SHIM, text=True, check=True)
        return str(library)

    def test_too_large(self):
        for path in ("/huge", "/endless"):  # announced, or found out by its bytes: Keras' file has fewer
            self.fails(self.fetch("--url", self.url(path)), INPUT, "larger than 80134624 bytes")
            self.assertEqual(list(self.models.iterdir()), [])
            self.assertLess(self.server.written, 90_000_000)
        self.fails(self.fetch("--url", self.url("/huge"), "--sum", self.sum), INPUT, "larger than 2000000000 bytes")

    def test_offline(self):
        self.fails(self.fetch("--url", "http://127.0.0.1:1/model"), SYSTEM, "offline", "--file")

    def test_no_space(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        self.fails(self.fetch("--url", self.url(), "--sum", self.sum, preexec_fn=limit), SYSTEM, "vgg19-keras.part")
        self.good("--url", self.url(), "--sum", self.sum)

    def test_a_file_that_came_another_way(self):
        path = self.here / "mine.bin"
        path.write_bytes(self.server.data)
        self.fails(self.fetch("--file", path), INPUT, "SHA-256", "known")
        self.fails(self.fetch("--file", path, "--sum", "0" * 64), INPUT, "SHA-256")
        self.fails(self.fetch("--file", self.here / "none"), INPUT, "none")
        self.good("--file", path, "--sum", self.sum)
        self.assertTrue(path.exists())
        self.target.unlink()
        os.rename(path, self.here / "lite")  # also the name of a model, which is not meant
        self.good("--file", "lite", "--sum", self.sum)
        self.assertEqual(self.info()["source"], str(self.target))
        self.assertEqual(self.info()["layers"][0]["channels"], 64)
        self.assertEqual(self.server.asked, [])

    def test_bad_use(self):
        for arguments, word in ((["resnet"], "resnet"), (["--from", "caffe"], "--from"), (["--sum", "crc:1"], "--sum"),
                                (["--sum", "sha256:" + self.sum[7:15]], "64 digits"), (["--sum", "x" * 64], "64 digits"),
                                (["--dtype", "f8"], "--dtype"),
                                (["--url", "x", "--file", "y"], "exclude")):
            self.fails(self.fetch(*arguments), USE, word)


if __name__ == "__main__":
    unittest.main()
