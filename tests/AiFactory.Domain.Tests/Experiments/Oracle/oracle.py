"""Values that the statistics are checked against: scipy and statsmodels. Usage: python3 oracle.py > oracle.json"""
import json

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

t = [[x, d, 2 * stats.t.sf(x, d)] for d in (1, 1.5, 2, 7.3, 30, 499, 12345.6) for x in (0.01, 0.5, 1, 1.96, 3, 8)]
t_quantile = [[p, d, stats.t.isf(p / 2, d)] for d in (1, 2, 7.3, 30, 499, 12345.6) for p in (0.5, 0.1, 0.05, 0.001)]
chi2 = [[x, d, stats.chi2.sf(x, d)] for d in (1, 2, 3, 10, 57) for x in (0.001, 0.5, 1, 3.84, 10, 60, 120)]
normal = [[z, 2 * stats.norm.sf(z)] for z in (0, 0.1, 1, 1.96, 3, 6)]
wilson = [[k, n, *proportion_confint(k, n, method="wilson")] for k, n in ((0, 1), (1, 1), (0, 20), (7, 20), (450, 500), (500, 500))]

economy = (80.0, -20.0, 0.0, -100.0)
reports = []
for a, b, weights in (((55, 9, 410, 26), (48, 17, 415, 20), (50, 50)), ((3, 1, 9, 2), (40, 10, 800, 30), (10, 90)), ((5, 0, 20, 3), (0, 4, 18, 6), (50, 50))):
    hits = [np.repeat([1.0, 0.0, 1.0, 0.0], arm) for arm in (a, b)]
    values = [np.repeat(economy, arm) for arm in (a, b)]
    report = {"a": a, "b": b, "weights": weights, "means": [], "differences": []}
    for value in values:
        report["means"].append([float(value.mean()), *map(float, DescrStatsW(value).tconfint_mean())])
    for metric in (hits, values):
        difference = CompareMeans(DescrStatsW(metric[1]), DescrStatsW(metric[0]))
        interval = difference.tconfint_diff(usevar="unequal")
        report["differences"].append([float(metric[1].mean() - metric[0].mean()), *map(float, interval), float(stats.ttest_ind(metric[1], metric[0], equal_var=False).pvalue)])
    total = sum(a) + sum(b)
    report["sample_ratio_p"] = float(stats.chisquare([sum(a), sum(b)], [total * w / 100 for w in weights]).pvalue)
    reports.append(report)

print(json.dumps({"t": t, "tQuantile": t_quantile, "chi2": chi2, "normal": normal, "wilson": wilson, "reports": reports}, indent=1))
