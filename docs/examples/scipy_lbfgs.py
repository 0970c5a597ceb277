"""A solver of one's own: scipy.optimize.minimize drives the objective of libnst.

python3 scipy_lbfgs.py town.jpg painting.jpg result.png
"""
import sys

import numpy
import scipy.optimize

import nst

content = nst.Image(sys.argv[1])
start = content.to_numpy()[:, :, :3]
transfer = nst.Transfer().set_content(content).add_style(sys.argv[2])


def objective(x):
    total, gradient = transfer.evaluate(x.reshape(start.shape))
    return total, gradient.astype(numpy.float64).ravel()


found = scipy.optimize.minimize(objective, start.astype(numpy.float64).ravel(), jac=True, method="L-BFGS-B",
                                bounds=[(0, 1)] * start.size, options={"maxiter": 30})
nst.Image(found.x.reshape(start.shape)).save(sys.argv[3])
print(f"total {objective(start.astype(numpy.float64).ravel())[0]:.6g} -> {found.fun:.6g}")
