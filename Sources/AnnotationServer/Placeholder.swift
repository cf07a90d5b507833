enum AnnotationServerPlaceholder {}
