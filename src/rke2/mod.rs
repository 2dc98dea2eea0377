//! What RKE2 is: releases, configuration keys, manifests and charts. This layer must not judge.

pub mod release;
