"""Checkpoints from Python: a run that is stopped goes on with the same bits."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from binding import MODEL, QUICK, nst, picture  # noqa: E402


class Checkpoints(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "run.checkpoint"

    def make(self, **options):
        transfer = nst.Transfer(MODEL, **{**QUICK, **options})
        return transfer.set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))

    def test_a_stopped_run_goes_on(self):
        for name in ("lbfgs", "adam"):
            whole = self.make(optimizer=name)
            result, seen = whole.run(), []
            stopped = self.make(optimizer=name).checkpoint(self.path)
            self.assertGreater(stopped.checkpoint_bytes(), 24 * 18 * 12)
            stopped.run(progress=lambda at: at.all_evaluations == 2)
            self.assertEqual(stopped.checkpoint_failure, "")
            self.assertLessEqual(self.path.stat().st_size, stopped.checkpoint_bytes())
            rest = self.make(optimizer=name).continue_from(
                os.fspath(self.path), progress=lambda at: seen.append(at.all_evaluations))
            self.assertEqual(rest.tobytes(), result.tobytes())
            self.assertEqual(seen[-1], whole.progress.all_evaluations)

    def test_what_cannot_be_done_is_said(self):
        self.make().checkpoint(self.path).run(progress=lambda at: True)
        with self.assertRaisesRegex(nst.StateError, "style-weight: then 1, now 3"):
            self.make(style_weight=3).continue_from(self.path)
        with self.assertRaises(nst.NotFoundError):
            self.make().continue_from(self.path.with_name("none"))
        self.path.write_bytes(self.path.read_bytes()[:-1])
        with self.assertRaises(nst.DataError):
            self.make().continue_from(self.path)
        with self.assertRaises(nst.CallError):
            self.make().checkpoint(self.path, -1)
        self.path.unlink()
        self.make().checkpoint(self.path).checkpoint(None).run(progress=lambda at: True)
        self.assertFalse(self.path.exists())
        failing = self.make().checkpoint(self.path / "none")
        failing.run(progress=lambda at: True)
        self.assertIn("cannot be written", failing.checkpoint_failure)


if __name__ == "__main__":
    unittest.main()
