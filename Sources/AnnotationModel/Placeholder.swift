enum AnnotationModelPlaceholder {}
