//! `cloud-provider/servicelb-with-ccm`: two programs for the same load balancer Services.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let servicelb = node.fact("enable-servicelb");
    let (Some(true), Some(at)) = (servicelb.is_true(), servicelb.span()) else { return };
    let Some(metallb) = context.cluster.metallb() else { return };
    // With a class of its own each takes the Services that name it.
    let mut files = context.cluster.manifests.iter().map(|manifest| manifest.file);
    let has_class = |text: &str| text.contains("loadBalancerClass") || text.contains("lb-class");
    if files.any(|file| file.is_template() || has_class(file.source.text())) {
        return;
    }
    let message = "`enable-servicelb` is `true`, but the manifests install MetalLB; both handle every Service of type LoadBalancer";
    drafts.push(
        Draft::new(at, message)
            .related(metallb.label_span(), "other load balancer")
            .help("remove `enable-servicelb`, or give MetalLB a `loadBalancerClass`"),
    );
}
