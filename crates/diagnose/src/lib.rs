//! All judgement: report in, findings out. Pure.
