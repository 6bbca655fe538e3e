"""Right answers to assignment a1_distances, as students with different habits write them.

Each class is one student. ``STYLES`` lists their functions by exercise.

The file is long because it is data: one entry for each student and function, and nobody reads
it from beginning to end. A student's functions stay together, as in a submission.
"""

import functools
import itertools
import math
import statistics

import keras
import numpy as np
import scipy
import tensorflow as tf

__all__ = ["STYLES"]


class PurePython:
    """Learnt Python before NumPy: uses loops, ``math`` and lists."""

    def lp_norm(x, p):
        """Loop over the flat entries, float('inf') compared."""
        if p != p or p < 1:
            raise ValueError("p must be at least 1")
        entries = [abs(float(v)) for v in np.array(x).flatten()]
        if p == float("inf"):
            return max(entries) if entries else 0.0
        total = 0
        for entry in entries:
            total += entry**p
        return total ** (1 / p)

    @np.vectorize
    def gaussian_pdf(x, mean, std):
        """math.exp of numbers, decorated with np.vectorize."""
        if std <= 0:
            raise ValueError("std")
        return 1 / math.sqrt(2 * math.pi * std**2) * math.exp(-((x - mean) ** 2) / (2 * std**2))

    def kl_discrete(p, q):
        """zip, math.log, early return of inf."""
        if len(p) != len(q):
            raise ValueError("p and q need the same length")
        kl = 0.0
        for p_i, q_i in zip(p, q):
            if p_i == 0:
                continue
            if q_i == 0:
                return math.inf
            kl += p_i * math.log(p_i / q_i)
        return kl

    def kl_continuous(p, q, lower, upper):
        """Left Riemann sum with 10,000 points, one point at a time."""
        if not lower < upper:
            raise ValueError("lower must be below upper")
        n = 10_000
        dx = (upper - lower) / n
        total = 0.0
        for i in range(n):
            x = np.array([lower + i * dx])
            p_x, q_x = p(x)[0], q(x)[0]
            if p_x > 0:
                if q_x == 0:
                    return float("inf")
                total += p_x * math.log(p_x / q_x) * dx
        return total

    def kl_gaussian(mu, log_var):
        """Two nested loops that return a list."""
        result = []
        for mu_row, log_var_row in zip(mu, log_var):
            kl = 0
            for m, lv in zip(mu_row, log_var_row):
                kl += 0.5 * (m**2 + math.exp(lv) - 1 - lv)
            result.append(kl)
        return result


class StandardLibrary:
    """Knows the standard library."""

    def lp_norm(x, p):
        """math.fsum over a generator, math.isinf."""
        if math.isnan(p) or p < 1:
            raise ValueError(f"{p=}")
        magnitudes = [*map(abs, np.ravel(x).tolist())]
        if math.isinf(p):
            return max(magnitudes, default=0.0)
        return math.fsum(m**p for m in magnitudes) ** (1.0 / p)

    def gaussian_pdf(x, mean, std):
        """statistics.NormalDist at each broadcast triple."""
        triples = np.broadcast(x, mean, std)
        densities = [statistics.NormalDist(m, s).pdf(v) for v, m, s in triples]
        return np.reshape(densities, triples.shape)

    def kl_discrete(p, q):
        """sum of a comprehension with a conditional expression."""
        if np.shape(p) != np.shape(q):
            raise ValueError
        pairs = list(zip(np.ravel(p).tolist(), np.ravel(q).tolist()))
        if any(b == 0 < a for a, b in pairs):
            return float("inf")
        return sum(a * (math.log(a) - math.log(b)) if a > 0 else 0 for a, b in pairs)

    def kl_continuous(p, q, lower, upper):
        """Trapezoids from itertools.pairwise over lists."""
        if lower >= upper:
            raise ValueError("lower >= upper")
        points = [lower + (upper - lower) * i / 20_000 for i in range(20_001)]
        density_p, density_q = list(p(np.array(points))), list(q(np.array(points)))

        def integrand(a, b):
            if a == 0:
                return 0.0
            return math.inf if b == 0 else float(a) * math.log(a / b)

        values = map(integrand, density_p, density_q)
        width = points[1] - points[0]
        return sum((left + right) / 2 * width for left, right in itertools.pairwise(values))

    def kl_gaussian(mu, log_var):
        """functools.reduce over columns, a tuple of floats back."""
        columns = zip(np.transpose(mu), np.transpose(log_var))
        terms = (m**2 / 2 + (np.exp(v) - 1 - v) / 2 for m, v in columns)
        return tuple(functools.reduce(lambda total, term: total + term, terms))


class NumPyFan:
    """Writes everything in one line of NumPy."""

    def lp_norm(x, p):
        """np.linalg.norm of the raveled vector."""
        if not p >= 1:
            raise ValueError("p < 1")
        return np.linalg.norm(np.ravel(x), ord=p)

    def gaussian_pdf(x, mean, std):
        """The formula of the slide, variance first, nothing cast, np.min of the stds."""
        if np.min(std) <= 0:
            raise ValueError("std has to be positive")
        variance = std**2
        return 1 / np.sqrt(2 * np.pi * variance) * np.exp(-((x - mean) ** 2) / (2 * variance))

    def kl_discrete(p, q):
        """np.where around a logarithm that warns."""
        if p.shape != q.shape:
            raise ValueError("shapes differ")
        return np.sum(np.where(p > 0, p * np.log(p / q), 0))

    def kl_continuous(p, q, lower, upper):
        """np.trapezoid over np.where, 5,000 points."""
        if upper <= lower:
            raise ValueError("upper <= lower")
        x = np.linspace(lower, upper, 5_000)
        return np.trapezoid(np.where(p(x) != 0, p(x) * np.log(p(x) / q(x)), 0), x)

    def kl_gaussian(mu, log_var):
        """ndarray methods along the last axis."""
        return ((mu**2 + np.exp(log_var) - 1 - log_var) / 2).sum(-1)


class Masks:
    """Selects first, computes afterwards."""

    def lp_norm(x, p):
        """Boolean mask flips the negative entries of a copy, np.isposinf."""
        x = np.array(x, dtype=np.float64).reshape(-1)
        x[x < 0] *= -1
        if np.isposinf(p):
            return x.max(initial=0)
        if p < 1 or np.isnan(p):
            raise ValueError("not a norm")
        return np.power(np.power(x, p).sum(), 1 / p)

    def gaussian_pdf(x, mean, std):
        """Log density first, np.exp at the end, inputs converted to arrays."""
        x, mean, std = np.asarray(x), np.asarray(mean), np.asarray(std)
        if (std <= 0).any():
            raise ValueError("std must be positive")
        return np.exp(-np.log(std) - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - mean) / std) ** 2)

    def kl_discrete(p, q):
        """Index array of the possible outcomes, np.dot."""
        if np.shape(p) != np.shape(q):
            raise ValueError("p and q differ in shape")
        (possible,) = np.nonzero(p)
        with np.errstate(divide="ignore"):
            return np.dot(p[possible], np.log(p[possible]) - np.log(q[possible]))

    def kl_continuous(p, q, lower, upper):
        """Midpoint rule on masked points, the sign of the width checked."""
        if np.sign(upper - lower) != 1:
            raise ValueError("no interval")
        edges = np.linspace(lower, upper, 10_001)
        middle = (edges[1:] + edges[:-1]) / 2
        width = edges[1] - edges[0]
        pm, qm = p(middle), q(middle)
        inside = pm > 0
        if (qm[inside] == 0).any():
            return np.inf
        return (pm[inside] * np.log(pm[inside] / qm[inside])).sum() * width

    def kl_gaussian(mu, log_var):
        """Result array allocated, filled row by row."""
        kl = np.zeros(len(mu))
        for row in range(mu.shape[0]):
            sigma2 = np.exp(log_var[row, :])
            kl[row] = -0.5 * np.sum(1 + np.log(sigma2) - mu[row, :] ** 2 - sigma2)
        return kl


class NanSum:
    """Lets nan happen and removes it afterwards."""

    def lp_norm(x, p):
        """np.max of the absolute values, identity with np.inf, a 0-d array back."""
        if p is not np.inf and not (p >= 1):
            raise ValueError("p needs to be at least 1.")
        x = np.abs(x).flatten()
        return np.array(np.max(x) if p is np.inf else np.sum(x**p) ** (1 / p))

    def gaussian_pdf(x, mean, std):
        """Errors checked first, standardised variable z, np.power and np.reciprocal."""
        if np.any(np.less_equal(std, 0)):
            raise ValueError("std <= 0")
        z = np.divide(np.subtract(x, mean), std)
        return np.reciprocal(std * np.sqrt(2 * np.pi)) * np.exp(-np.power(z, 2) / 2)

    def kl_discrete(p, q):
        """np.nansum removes 0 log 0, sizes and dimensions compared."""
        if p.size != q.size or p.ndim != q.ndim:
            raise ValueError("p and q do not match")
        return float(np.nansum(p * np.log(p / q)))

    def kl_continuous(p, q, lower, upper):
        """np.nan_to_num keeps inf, sum times dx with np.arange."""
        if lower >= upper:
            raise ValueError("lower >= upper")
        dx = (upper - lower) / 50_000
        x = np.arange(lower, upper, dx)
        integrand = p(x) * np.log(p(x) / q(x))
        integrand = np.nan_to_num(integrand, nan=0.0, posinf=np.inf, neginf=-np.inf)
        return (integrand * dx).sum()

    def kl_gaussian(mu, log_var):
        """np.einsum for the squares, k subtracted once per row."""
        k = mu.shape[1]
        trace, log_det = np.exp(log_var).sum(axis=1), log_var.sum(axis=1)
        return 0.5 * (trace + np.einsum("ij,ij->i", mu, mu) - k - log_det)


class SciPyUser:
    """Looks in SciPy first."""

    def lp_norm(x, p):
        """scipy.spatial.distance.minkowski to the origin."""
        if np.isnan(p) or p < 1:
            raise ValueError(p)
        x = np.ravel(x)
        return scipy.spatial.distance.minkowski(x, np.zeros_like(x), p)

    def gaussian_pdf(x, mean, std):
        """scipy.stats.norm.pdf, which returns nan for a std that is not positive."""
        density = scipy.stats.norm.pdf(x, loc=mean, scale=std)
        if np.isnan(density).any():
            raise ValueError("std must be positive")
        return density

    def kl_discrete(p, q):
        """scipy.special.rel_entr summed."""
        if len(p) != len(q):
            raise ValueError(f"{len(p)} and {len(q)} outcomes")
        return scipy.special.rel_entr(p, q).sum()

    def kl_continuous(p, q, lower, upper):
        """scipy.integrate.simpson of rel_entr."""
        if upper - lower <= 0:
            raise ValueError((lower, upper))
        x = np.linspace(lower, upper, 2_001)
        return scipy.integrate.simpson(scipy.special.rel_entr(p(x), q(x)), x=x)

    def kl_gaussian(mu, log_var):
        """np.linalg of full covariance matrices, np.array of a list."""
        rows = []
        for m, v in zip(mu, log_var):
            covariance = np.diag(np.exp(v))
            _, log_det = np.linalg.slogdet(covariance)
            rows.append((np.trace(covariance) + m @ m - len(m) - log_det) / 2)
        return np.array(rows)


class SciPyUserAgain:
    """Finds the other function that SciPy has."""

    def lp_norm(x, p):
        """scipy.special.logsumexp of p log|x|, subclass of ValueError raised."""

        class NotANorm(ValueError):
            pass

        if not p >= 1:
            raise NotANorm(p)
        if p == math.inf:
            return np.abs(x).max()
        return float(np.exp(scipy.special.logsumexp(p * np.log(np.abs(x))) / p))

    def gaussian_pdf(x, mean, std):
        """Frozen scipy distribution, its support checked, logpdf."""
        distribution = scipy.stats.norm(mean, std)
        if np.isnan(distribution.support()).any():
            raise ValueError(std)
        return np.exp(distribution.logpdf(x))

    def kl_discrete(p, q):
        """scipy.stats.entropy of two arguments."""
        if p.shape != q.shape:
            raise ValueError("shape")
        return scipy.stats.entropy(p, q)

    def kl_continuous(p, q, lower, upper):
        """scipy.integrate.quad of scalar points, infinity noticed inside."""
        if lower >= upper:
            raise ValueError("empty interval")
        infinite = False

        def integrand(x):
            nonlocal infinite
            p_x, q_x = float(p(x)), float(q(x))
            if p_x == 0:
                return 0
            if q_x == 0:
                infinite = True
                return 0
            return p_x * np.log(p_x / q_x)

        value, _error = scipy.integrate.quad(integrand, lower, upper, limit=200)
        return float("inf") if infinite else value

    def kl_gaussian(mu, log_var):
        """scipy.special.expm1 and np.square."""
        return np.sum(np.square(mu) + scipy.special.expm1(log_var) - log_var, axis=1) * 0.5


class TensorFlowOnly:
    """Came for deep learning and uses tf for everything, in float32."""

    def lp_norm(x, p):
        """tf.norm of a float32 tensor, a tensor back."""
        if p < 1:
            raise ValueError("p must be >= 1")
        return tf.norm(tf.reshape(tf.cast(x, tf.float32), [-1]), ord=p)

    def gaussian_pdf(x, mean, std):
        """tf ops in float32, tf.reduce_any in an if."""
        x, mean, std = (tf.cast(v, tf.float32) for v in (x, mean, std))
        if tf.reduce_any(std <= 0):
            raise ValueError("std")
        return tf.exp(-tf.square(x - mean) / (2 * std**2)) / (std * tf.sqrt(2 * np.pi))

    def kl_discrete(p, q):
        """tf.math.xlogy twice, static shapes compared, a tensor back."""
        p, q = tf.constant(p, tf.float32), tf.constant(q, tf.float32)
        p.shape.assert_is_compatible_with(q.shape)
        return tf.reduce_sum(tf.math.xlogy(p, p) - tf.math.xlogy(p, q))

    def kl_continuous(p, q, lower, upper):
        """tf.linspace in float32, Riemann sum with 10,000 points."""
        if lower >= upper:
            raise ValueError("lower must be < upper")
        x = tf.linspace(lower, upper, 10_000)
        px, qx = tf.cast(p(x), tf.float32), tf.cast(q(x), tf.float32)
        integrand = tf.where(px > 0, px * tf.math.log(px / qx), tf.zeros_like(px))
        return tf.reduce_sum(integrand) * (upper - lower) / 10_000

    def kl_gaussian(mu, log_var):
        """tf.reduce_sum on float32 casts, a tf.Variable back."""
        mu, log_var = tf.cast(mu, tf.float32), tf.cast(log_var, tf.float32)
        return tf.Variable(-0.5 * tf.reduce_sum(1 + log_var - mu**2 - tf.exp(log_var), axis=1))


class KerasOps:
    """Has read that keras.ops runs everywhere."""

    def lp_norm(x, p):
        """keras.ops.power and keras.ops.max."""
        if not p >= 1:
            raise ValueError("p < 1")
        magnitudes = keras.ops.abs(keras.ops.reshape(x, (-1,)))
        if p == np.inf:
            return keras.ops.max(magnitudes)
        return keras.ops.power(keras.ops.sum(keras.ops.power(magnitudes, p)), 1 / p)

    def gaussian_pdf(x, mean, std):
        """keras.ops with a normalising constant in front."""
        x, mean, std = (keras.ops.cast(value, "float64") for value in (x, mean, std))
        if not keras.ops.all(std > 0):
            raise ValueError("std <= 0")
        norm = 1.0 / (std * math.sqrt(2.0 * math.pi))
        return norm * keras.ops.exp(-0.5 * keras.ops.square((x - mean) / std))

    def kl_discrete(p, q):
        """keras.ops.where on both sides of the logarithm, .numpy() at the end."""
        p, q = keras.ops.convert_to_tensor(p), keras.ops.convert_to_tensor(q)
        if keras.ops.shape(p) != keras.ops.shape(q):
            raise ValueError("shapes")
        ratio = keras.ops.where(p > 0, p / q, 1.0)
        return keras.ops.sum(p * keras.ops.log(ratio)).numpy()

    def kl_continuous(p, q, lower, upper):
        """keras.ops.trapezoid of a NumPy integrand."""
        if not upper > lower:
            raise ValueError("upper > lower is needed")
        x = keras.ops.linspace(lower, upper, 20_001)
        densities = np.asarray(p(np.asarray(x))), np.asarray(q(np.asarray(x)))
        integrand = [0.0 if a == 0 else a * np.log(a / b) for a, b in zip(*densities)]
        return keras.ops.trapezoid(np.array(integrand), x=np.asarray(x, dtype=float))

    def kl_gaussian(mu, log_var):
        """keras.ops, the mean times k."""
        terms = keras.ops.square(mu) + keras.ops.exp(log_var) - 1 - log_var
        return 0.5 * keras.ops.mean(terms, axis=-1) * keras.ops.shape(mu)[-1]


class InPlace:
    """Saves memory: changes its inputs in place, and computes the right thing."""

    def lp_norm(x, p):
        """x itself becomes its powers."""
        if not p >= 1:
            raise ValueError("p >= 1, please")
        np.abs(x, out=x)
        if np.isinf(p):
            return x.max()
        x **= p
        return x.sum() ** (1 / p)

    def gaussian_pdf(x, mean, std):
        """Standardises x in place, if it is an array."""
        if not (np.array(std) > 0).all():
            raise ValueError("std > 0, please")
        if np.ndim(x):
            x -= mean
            x /= std
        else:
            x = (x - mean) / std
        return np.exp(-0.5 * x**2) / (std * np.sqrt(2 * np.pi))

    def kl_discrete(p, q):
        """Zeros of p are patched in p and q before the logarithm."""
        if p.shape != q.shape:
            raise ValueError("one shape, please")
        q[p == 0] = 1
        p[p == 0] = 1
        terms = p * np.log(p / q)
        return terms.sum()

    def kl_continuous(p, q, lower, upper):
        """Composite Gauss-Legendre with 400 pieces, accumulated with +=."""
        if not lower < upper:
            raise ValueError("lower < upper, please")
        nodes, weights = np.polynomial.legendre.leggauss(5)
        edges = np.linspace(lower, upper, 401)
        half = (edges[1] - edges[0]) / 2
        total = 0
        for start in edges[:-1]:
            x = start + half * (nodes + 1)
            terms, density = np.zeros(5), p(x)
            where = density > 0
            terms[where] = (density * np.log(density / q(x)))[where]
            total += half * weights @ terms
        return total

    def kl_gaussian(mu, log_var):
        """The terms are collected in mu itself."""
        variance = np.exp(log_var)
        mu *= mu
        mu += variance
        mu -= log_var
        mu -= 1
        mu /= 2
        return np.add.reduce(mu, axis=1)


class OtherTypes:
    """Returns unexpected types, and is right."""

    def lp_norm(x, p):
        """float32 throughout, np.float32 back."""
        if p < 1 or p != p:
            raise ValueError
        x = np.abs(np.float32(x)).ravel()
        return x.max() if p == np.inf else np.float32((x ** np.float32(p)).sum() ** (1 / p))

    def gaussian_pdf(x, mean, std):
        """np.longdouble throughout."""
        x, mean, std = np.longdouble(x), np.longdouble(mean), np.longdouble(std)
        if np.any(std <= 0):
            raise ValueError("std")
        return np.exp(-(((x - mean) / std) ** 2) / 2) / np.sqrt(2 * np.pi) / std

    def kl_discrete(p, q):
        """Cross-entropy minus entropy, a masked array on the way."""
        if [*p.shape] != [*q.shape]:
            raise ValueError
        possible = np.ma.masked_equal(p, 0)
        entropy = -(possible * np.log(possible)).sum()
        return -(possible * np.log(q)).sum() - entropy

    def kl_continuous(p, q, lower, upper):
        """Last entry of a cumulative Simpson sum, as a 0-d tensor."""
        if max(lower, upper) == lower:
            raise ValueError
        x, step = np.linspace(lower, upper, 4_001, retstep=True)
        f = scipy.special.rel_entr(p(x), q(x))
        weights = np.array([1, *[4, 2] * 1_999, 4, 1])
        return tf.constant(np.cumsum(weights * f)[-1] * step / 3)

    def kl_gaussian(mu, log_var):
        """A list of 0-d tensors, one per row."""
        return [
            tf.reduce_sum(0.5 * (m * m + tf.exp(v) - 1.0 - v))
            for m, v in zip(tf.unstack(mu), tf.unstack(log_var))
        ]


STUDENTS = (
    PurePython,
    StandardLibrary,
    NumPyFan,
    Masks,
    NanSum,
    SciPyUser,
    SciPyUserAgain,
    TensorFlowOnly,
    KerasOps,
    InPlace,
    OtherTypes,
)
STYLES = {
    exercise: [vars(student)[exercise] for student in STUDENTS]
    for exercise in ("lp_norm", "gaussian_pdf", "kl_discrete", "kl_continuous", "kl_gaussian")
}
