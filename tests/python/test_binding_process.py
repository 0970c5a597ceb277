"""The Python package and its process: which library it loads, Ctrl-C, fork()."""
import os
import pathlib
import subprocess
import sys
import unittest

import binding
import nst
from program import HANGS


class Loader(unittest.TestCase):
    def python(self, code, **environment):
        return subprocess.run([sys.executable, "-B", "-c", code], env=binding.environment(**environment), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_it_says_what_it_took(self):
        self.assertTrue(os.path.samefile(nst.library_file, os.environ["NST_LIBRARY"]))
        result = self.python("import runpy; runpy.run_module('nst')")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn(nst.library_file, result.stdout)

    def test_it_says_what_it_tried(self):
        result = self.python("import nst", NST_LIBRARY="/no/such/libnst.so")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("ImportError", result.stderr)
        self.assertIn("/no/such/libnst.so", result.stderr)

        result = self.python("import nst", NST_LIBRARY="libc.so.6")  # a library, but another
        self.assertIn("ImportError: libnst was not found", result.stderr)
        self.assertIn("nst_version_number", result.stderr)

    def test_the_order_of_the_search(self):
        code = "import nst._library as l, os; os.environ.pop('NST_LIBRARY'); l._NAME = 'libnst.so.none'; l._load()"
        result = self.python(code)
        inside = str(pathlib.Path(nst.__file__).resolve().parent / "libnst.so.none")
        self.assertLess(0, result.stderr.find(f"\n  {inside}: "))
        self.assertLess(result.stderr.find(inside), result.stderr.find("\n  libnst.so.none: "))

    def test_an_older_library_is_refused(self):
        code = "import nst._library as l; l.__version__ = '99.0.0'; l._load()"
        result = self.python(code)
        self.assertIn("expected 99.0.0 or newer", result.stderr)


# One evaluation takes seconds. Where it is not ended by the signal, it is counted.
IN_AN_EVALUATION = """
import os, signal, sys, threading, time
sys.path[:0] = {path!r}
import nst, binding
if {other}:
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
transfer = nst.Transfer('random:0', threads=1, size=1000, sizes='none', style_scale=0)
transfer.set_content(binding.picture(100, 80)).add_style(nst.Image.new(64, 64))

def interrupt():
    while not transfer.progress.level:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    transfer.run()
except KeyboardInterrupt:
    print(transfer.progress.evaluation, transfer.stop_reason.name, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
if {other}:
    assert os.read(heard, 10) == bytes([signal.SIGINT])
    assert signal.set_wakeup_fd(-1) == told
else:
    assert signal.set_wakeup_fd(-1) == -1
"""

INTERRUPTED = """
import os, signal, sys, threading
sys.path[:0] = {path!r}
import nst, binding
transfer = nst.Transfer(binding.MODEL, **{{**binding.QUICK, 'sizes': '24:100000'}})
transfer.set_content(binding.picture(24, 18)).add_style(binding.picture(20, 20, 0.5))
began = threading.Event()

def interrupt():
    while not began.wait(0.001) and not transfer.progress.evaluation:
        pass
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    {call}
    print('ended by itself')
except KeyboardInterrupt:
    print('interrupted', signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


class Interrupts(unittest.TestCase):
    def check(self, call):
        code = INTERRUPTED.format(path=[str(binding.ROOT / "tests" / "python")], call=call)
        result = subprocess.run([sys.executable, "-B", "-c", code], env=binding.environment(), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANGS)
        self.assertEqual((result.stdout, result.stderr), ("interrupted True\n", ""))

    def test_in_an_evaluation(self):
        """Also where somebody else listens to signals by the same means."""
        for other in (False, True):
            code = IN_AN_EVALUATION.format(path=[str(binding.ROOT / "tests" / "python")], other=other)
            result = subprocess.run([sys.executable, "-B", "-c", code], env=binding.environment(), text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANGS)
            self.assertEqual((result.stdout, result.stderr), ("0 CANCELLED True\n", ""))

    def test_in_a_run(self):
        self.check("transfer.run()")

    def test_in_a_run_with_a_callback(self):
        self.check("transfer.run(progress=lambda p: None)")

    def test_in_a_minimisation(self):
        self.check("nst.Optimizer('adam', max_evaluations=10**9)"
                   ".minimize(lambda x: began.set() or (x[0]**2, [2 * x[0]]), [1.0])")


FORKED = """
import gc, multiprocessing, os, sys
sys.path[:0] = {path!r}
import nst, binding

def make():
    transfer = nst.Transfer(binding.MODEL, threads=2, **binding.QUICK)
    return transfer.set_content(binding.picture(24, 18)).add_style(binding.picture(20, 20, 0.5))

def paint(_):
    return make().run().tobytes()

def nothing():
    pass

def in_a_child(function):
    child = os.fork()
    if child == 0:
        function()
        sys.exit(0)  # a whole Python ends here, handles included
    return os.waitpid(child, 0)[1]

def forget():
    global transfer
    transfer = None
    gc.collect()

fork = multiprocessing.get_context('fork')
transfer = make()
wanted = transfer.run().tobytes()  # from here on it has threads
{call}
"""


@unittest.skipUnless(hasattr(os, "fork"), "this system does not fork")
class Forks(unittest.TestCase):
    """A child of fork() has the transfers of its parent, and not their threads: nothing that it does hangs."""

    def check(self, call):
        code = FORKED.format(path=[str(binding.ROOT / "tests" / "python")], call=call)
        quiet = "-Wignore::DeprecationWarning"  # Python's own, of fork() beside threads
        result = subprocess.run([sys.executable, "-B", quiet, "-c", code], env=binding.environment(), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        self.assertEqual((result.stdout, result.stderr), ("True\n", ""))

    def test_a_child_that_only_ends(self):
        self.check("print(in_a_child(nothing) == 0)")

    def test_a_child_that_forgets_the_transfer(self):
        self.check("print(in_a_child(forget) == 0)")

    def test_a_child_that_closes_the_transfer(self):
        self.check("print(in_a_child(transfer.close) == 0)")

    def test_a_child_that_runs_the_transfer(self):
        self.check("print(in_a_child(lambda: sys.exit(transfer.run().tobytes() != wanted)) == 0)")

    def test_a_process_of_multiprocessing(self):
        self.check("child = fork.Process(target=nothing); child.start(); child.join(); print(child.exitcode == 0)")

    def test_a_pool_of_processes(self):
        self.check("with fork.Pool(2) as pool: print(pool.map(paint, range(3)) == [wanted] * 3)")

    def test_a_worker_for_each_picture(self):
        """As batches do it: the images pass between processes, the transfer was the parent's."""
        self.check("""
def follow(image):
    return transfer.set_content(image).run()

with fork.Pool(2) as pool:
    print([image.tobytes() for image in pool.map(follow, [binding.picture(24, 18)] * 3)] == [wanted] * 3)""")


if __name__ == "__main__":
    unittest.main()
