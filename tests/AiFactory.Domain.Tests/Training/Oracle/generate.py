#!/usr/bin/python3
"""Writes oracle.json: figures of scikit-learn, scipy and numpy that the statistics are held against.

Debian: apt-get install python3-sklearn python3-scipy; then /usr/bin/python3 generate.py
Made with scikit-learn 1.2.1, scipy 1.10.1. The generator of pseudo-random numbers is written a second time here, from the published
algorithms (xoshiro256**, SplitMix64, Lemire's bounded numbers), so that resamples can be drawn alike.
"""
import json
import pathlib

import numpy
import scipy.stats
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler

MASK = (1 << 64) - 1
BOOTSTRAP_STREAM = 0x424F_4F54_0000_0001


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


class Xoshiro:
    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed, word = split_mix(seed)
            self.s.append(word)

    @staticmethod
    def of(seed, stream, index=0):
        mixed = split_mix(stream)[1] ^ (seed & 0xFFFFFFFF)
        mixed, word = split_mix(mixed)
        mixed = word ^ (index & MASK)
        return Xoshiro(split_mix(mixed)[1])

    def next(self):
        def rotate(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (rotate((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, bound):
        product = self.next() * bound
        low = product & MASK
        if low < bound:
            threshold = (1 << 64) % bound
            while low < threshold:
                product = self.next() * bound
                low = product & MASK
        return product >> 64


def metrics_case(name, scores, labels):
    scores = numpy.asarray(scores, dtype=numpy.float32)
    wide = scores.astype(numpy.float64)
    return {
        "name": name,
        "scores": [float(score) for score in wide],
        "labels": [bool(label) for label in labels],
        "auc": float(roc_auc_score(labels, wide)),
        "accuracy": float(accuracy_score(labels, wide >= 0.5)),
        "logLoss": float(log_loss(labels, wide, eps=1e-15)),
    }


def bootstrap_case(case, seed, resamples):
    scores, labels = numpy.array(case["scores"]), numpy.array(case["labels"])
    random = Xoshiro.of(seed, BOOTSTRAP_STREAM)
    aucs, accuracies = [], []
    for _ in range(resamples):
        rows = [random.below(len(scores)) for _ in range(len(scores))]
        accuracies.append(accuracy_score(labels[rows], scores[rows] >= 0.5))
        if len(set(labels[rows])) == 2:
            aucs.append(roc_auc_score(labels[rows], scores[rows]))
    scipy_auc = scipy.stats.bootstrap(
        (scores, labels), lambda s, l: roc_auc_score(l, s), paired=True, vectorized=False,
        method="percentile", n_resamples=4000, random_state=7).confidence_interval
    return {
        "name": case["name"],
        "seed": seed,
        "resamples": resamples,
        "auc": [float(q) for q in numpy.quantile(aucs, [0.025, 0.975])],
        "accuracy": [float(q) for q in numpy.quantile(accuracies, [0.025, 0.975])],
        "scipyAuc": [float(scipy_auc.low), float(scipy_auc.high)],
    }


def standardiser_case(name, values):
    narrow = numpy.asarray(values, dtype=numpy.float32)
    scaler = StandardScaler().fit(narrow.astype(numpy.float64).reshape(-1, 1))
    return {
        "name": name,
        "values": [None if numpy.isnan(value) else float(value) for value in narrow],
        "mean": float(scaler.mean_[0]),
        "scale": float(scaler.scale_[0]),
        "standardised": [None if numpy.isnan(v) else float(v)
                         for v in scaler.transform(narrow.astype(numpy.float64).reshape(-1, 1))[:, 0]],
    }


def main():
    rng = numpy.random.default_rng(20240501)
    labels = rng.random(300) < 0.2
    informed = 1 / (1 + numpy.exp(-(rng.normal(size=300) + 2.0 * labels - 1.5)))
    metrics = [
        metrics_case("informed", informed, labels),
        metrics_case("tied", numpy.round(informed, 1), labels),
        metrics_case("all-equal", numpy.full(300, 0.5), labels),
        metrics_case("reversed", 1 - informed, labels),
        metrics_case("extreme", numpy.where(rng.random(300) < 0.9, labels, ~labels).astype(float), labels),
        metrics_case("smallest", [0.25, 0.75], [True, False]),
    ]
    missing = rng.normal(3, 2, 40)
    missing[::7] = numpy.nan
    random = Xoshiro.of(-5, BOOTSTRAP_STREAM, 3)
    oracle = {
        "metrics": metrics,
        "bootstrap": [bootstrap_case(metrics[0], 1, 1000), bootstrap_case(metrics[1], 12345, 200)],
        "standardisers": [
            standardiser_case("normal", rng.normal(100, 15, 200)),
            standardiser_case("missing", missing),
            standardiser_case("constant", numpy.full(50, 0.1)),
            standardiser_case("far-from-zero", 1e6 + rng.random(100)),
            standardiser_case("single", [42.5]),
        ],
        "random": {"seed": -5, "stream": str(BOOTSTRAP_STREAM), "index": 3, "words": [str(random.next()) for _ in range(8)]},
    }
    pathlib.Path(__file__).with_name("oracle.json").write_text(json.dumps(oracle, indent=1) + "\n")


main()
