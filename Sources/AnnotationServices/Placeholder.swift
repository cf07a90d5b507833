enum AnnotationServicesPlaceholder {}
